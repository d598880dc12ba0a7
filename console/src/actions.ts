/** Does the same to many pins, some at a time. */

import { ApiError, call, inWords } from "./api";

const AT_ONCE = 4;

export type Act = (cid: string) => Promise<void>;

export async function unpin(cid: string): Promise<void> {
  try {
    await call(`/pins/${encodeURIComponent(cid)}`, { method: "DELETE", timeoutMs: 60_000 });
  } catch (error) {
    // Somebody else has unpinned it: it is as was wished.
    if (!(error instanceof ApiError && error.trouble === "missing")) throw error;
  }
}

export async function recover(cid: string): Promise<void> {
  await call(`/pins/${encodeURIComponent(cid)}/recover`, { method: "POST", timeoutMs: 60_000 });
}

export interface Progress {
  readonly done: readonly string[];
  /** Why it failed, by CID. */
  readonly failed: ReadonlyMap<string, string>;
}

/** Goes on until all are done or `signal` says stop. `onProgress` hears of each. */
export async function each(cids: readonly string[], act: Act, onProgress: (progress: Progress) => void, signal: AbortSignal): Promise<Progress> {
  const queue = [...cids].reverse();
  const done: string[] = [];
  const failed = new Map<string, string>();
  const worker = async () => {
    for (let cid = queue.pop(); cid !== undefined && !signal.aborted; cid = queue.pop()) {
      try {
        await act(cid);
        done.push(cid);
      } catch (error) {
        failed.set(cid, inWords(error));
      }
      onProgress({ done, failed });
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
  return { done, failed };
}
