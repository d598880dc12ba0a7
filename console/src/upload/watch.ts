/** Follows a pin until the nodes that should have it have it. */

import { ApiError } from "../api";
import type { ClusterNode } from "../config";
import type { Remote } from "./remote";
import type { Conditions } from "./retry";
import { isEverywhere, statesOf, type NodeState } from "./states";

const FIRST_MS = 1_000;
const LONGEST_MS = 15_000;
/** So many failures in a row are told: one alone is a node that just died, and the next request meets another. */
const TOLD_FAILURES = 3;

export interface Seen {
  readonly states: readonly NodeState[];
  /** Why the newest states are not known. */
  readonly error: Error | null;
}

/** The pause until nodes are asked again: longer while nothing changes. */
export function nextPause(before: number, changed: boolean): number {
  return changed ? FIRST_MS : Math.min(before * 1.5, LONGEST_MS);
}

/** Asks for the states until every node has it. Ends with "aborted" otherwise; what else fails is told and asked again. */
export async function watch(
  cid: string,
  remote: Remote,
  nodes: readonly ClusterNode[],
  conditions: Conditions,
  onSeen: (seen: Seen) => void,
  signal: AbortSignal,
): Promise<void> {
  let pause = FIRST_MS;
  let before = "";
  let states: readonly NodeState[] = [];
  let failures = 0;
  for (;;) {
    await conditions.ready(signal);
    try {
      states = statesOf(await remote.statusOf(cid, signal), nodes);
      failures = 0;
      onSeen({ states, error: null });
      if (isEverywhere(states)) return;
      const now = JSON.stringify(states);
      pause = nextPause(pause, now !== before);
      before = now;
    } catch (error) {
      if (signal.aborted || !(error instanceof ApiError)) throw error;
      if (++failures >= TOLD_FAILURES) onSeen({ states, error });
      pause = nextPause(pause, false);
    }
    await conditions.sleep(pause, signal);
  }
}
