/** What uploads wait for in a browser. */

import { ApiError } from "../api";
import { session } from "../session";
import type { Conditions } from "./retry";

/** Why an upload does not go on at the moment. */
export type Hold = "offline" | "signIn";

/** Browsers may miss that a connection is back: then it is tried all the same. */
const OFFLINE_MS = 15_000;

/** Calls `listen` with what ends the waiting, until that or the signal comes. What `listen` gives is called at the end. */
function until(signal: AbortSignal, listen: (end: () => void) => () => void): Promise<void> {
  return new Promise((resolve, reject) => {
    let forget = (): void => undefined;
    const finish = (then: () => void) => {
      signal.removeEventListener("abort", stop);
      forget();
      then();
    };
    const stop = () => finish(() => reject(new ApiError("aborted", 0, "")));
    signal.addEventListener("abort", stop);
    forget = listen(() => finish(resolve));
    if (signal.aborted) stop();
  });
}

/** `onHold` is told when something waits, and with null when it goes on. */
export function conditions(onHold: (hold: Hold | null) => void): Conditions {
  const sleep = (ms: number, signal: AbortSignal) =>
    until(signal, (end) => {
      const timer = setTimeout(end, ms);
      return () => clearTimeout(timer);
    });
  const held = async (hold: Hold, waiting: Promise<void>) => {
    onHold(hold);
    try {
      await waiting;
    } finally {
      onHold(null);
    }
  };
  return {
    sleep,
    random: Math.random,
    offline: () => !navigator.onLine,
    online: (signal) =>
      held(
        "offline",
        until(signal, (end) => {
          const timer = setTimeout(end, OFFLINE_MS);
          addEventListener("online", end);
          return () => {
            clearTimeout(timer);
            removeEventListener("online", end);
          };
        }),
      ),
    async ready(signal) {
      if (signal.aborted) throw new ApiError("aborted", 0, "");
      if (session.value.state === "in") return;
      await held(
        "signIn",
        until(signal, (end) => session.subscribe(() => session.value.state === "in" && end())),
      );
    },
  };
}
