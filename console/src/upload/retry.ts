/** Requests that are repeated where that may help: after a node died, while there is no connection, when somebody has signed in again. */

import { ApiError } from "../api";

/** Statuses after which the same request may succeed: a node that stops, a load balancer without a node, too many requests. */
const TRANSIENT = new Set([408, 425, 429, 500, 502, 503, 504]);
const ATTEMPTS = 10;
const FIRST_MS = 500;
const LONGEST_MS = 30_000;

/** What a request needs of the browser. */
export interface Conditions {
  /** Waits until somebody is signed in. Like the others, it throws ApiError("aborted") if the signal comes first. */
  ready(signal: AbortSignal): Promise<void>;
  /** Whether the browser knows that there is no connection. */
  offline(): boolean;
  /** Waits until there may be a connection again. */
  online(signal: AbortSignal): Promise<void>;
  sleep(ms: number, signal: AbortSignal): Promise<void>;
  random(): number;
}

/** The pause after a failed attempt (the first is 0): twice as long each time, half of it at random. */
export function pauseMs(attempt: number, random: number): number {
  const step = Math.min(FIRST_MS * 2 ** attempt, LONGEST_MS);
  return step / 2 + (random * step) / 2;
}

/** Whether the same request may succeed later. */
export function isTransient(error: unknown): boolean {
  if (!(error instanceof ApiError)) return false;
  return error.status ? TRANSIENT.has(error.status) : error.trouble === "offline" || error.trouble === "timeout";
}

/**
 * The result of the first attempt that succeeds. Throws the error of the last one, or one that no further attempt would change. Without
 * a connection, or with a sign-in that ended, it waits: that counts for nothing. `onFailure` may throw something better.
 */
export async function persist<T>(
  once: () => Promise<T>,
  signal: AbortSignal,
  conditions: Conditions,
  onFailure: (error: ApiError) => Promise<void> = async () => undefined,
): Promise<T> {
  for (let attempt = 0; ;) {
    await conditions.ready(signal);
    try {
      return await once();
    } catch (error) {
      if (!(error instanceof ApiError) || error.trouble === "aborted" || signal.aborted) throw error;
      if (error.trouble === "unauthorized") {
        // `ready` waits for the next sign-in. A new token that is refused at once is no reason to ask for ever.
        if (++attempt >= ATTEMPTS) throw error;
        continue;
      }
      await onFailure(error);
      // Asked only after a failure: the address may be this machine's own, which needs no connection.
      if (error.status === 0 && conditions.offline()) {
        await conditions.online(signal);
        continue;
      }
      if (!isTransient(error) || attempt + 1 >= ATTEMPTS) throw error;
      await conditions.sleep(pauseMs(attempt, conditions.random()), signal);
      attempt += 1;
    }
  }
}
