/** Pure: the order in which uploads and pins are shown. */

import type { Job } from "./jobs";

/** The newest first, then those that wait, the next one first: so the one that is under way is at the top of many. */
export function inOrder<T extends Pick<Job, "stage">>(newestFirst: readonly T[]): T[] {
  const waiting = newestFirst.filter(({ stage }) => stage === "waiting").reverse();
  return [...newestFirst.filter(({ stage }) => stage !== "waiting"), ...waiting];
}
