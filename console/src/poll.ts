/** Asks again and again: rarely while nobody looks, at once when somebody does, and less while it fails. */

import { session } from "./session";
import { Store } from "./store";

const HIDDEN_MS = 60_000;
const FIRST_RETRY_MS = 1_000;
const LAST_RETRY_MS = 30_000;
/** What answers of one kind may take on average: big ones are asked for less often. */
const BYTES_PER_SECOND = 20_000;

export interface Outcome {
  /** Bytes of the answer. */
  readonly bytes?: number;
  /** When to ask again at the earliest, in place of the usual. */
  readonly waitMs?: number;
}

/** When to ask again after `failures` in a row. */
export function pause(everyMs: number, failures: number, hidden: boolean, outcome: Outcome = {}): number {
  if (failures > 0) {
    const retry = Math.min(LAST_RETRY_MS, FIRST_RETRY_MS * 2 ** (failures - 1));
    return hidden ? Math.max(retry, HIDDEN_MS) : retry;
  }
  const wait = Math.max(outcome.waitMs ?? everyMs, (1_000 * (outcome.bytes ?? 0)) / BYTES_PER_SECOND);
  return hidden ? Math.max(wait, HIDDEN_MS) : wait;
}

export class Poller {
  /** Whether it is waiting for an answer. */
  readonly busy = new Store(false);
  private users = 0;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private running: AbortController | null = null;
  private failures = 0;
  private due = 0;

  /** `task` throws if it fails; it has told the views so itself. */
  constructor(
    private readonly everyMs: number,
    private readonly task: (signal: AbortSignal) => Promise<Outcome | void>,
  ) {}

  /** Asks for as long as there is somebody who uses it. Gives what ends that. */
  use(): () => void {
    this.users += 1;
    if (this.users === 1) {
      document.addEventListener("visibilitychange", this.look);
      addEventListener("online", this.look);
      this.forget = session.subscribe(this.look);
      this.plan(Math.max(0, this.due - Date.now()));
    }
    let used = true;
    return () => {
      if (!used) return;
      used = false;
      this.users -= 1;
      if (this.users === 0) this.stop();
    };
  }

  /** Asks now. */
  now(): void {
    this.due = 0;
    if (this.users > 0 && !this.running) this.plan(0);
  }

  private forget = (): void => undefined;

  private stop(): void {
    document.removeEventListener("visibilitychange", this.look);
    removeEventListener("online", this.look);
    this.forget();
    clearTimeout(this.timer);
    this.running?.abort();
    this.running = null;
    this.busy.set(false);
  }

  /** Something changed: the page is looked at again, the connection is back, or somebody signed in. */
  private readonly look = (): void => {
    if (!document.hidden) this.now();
  };

  private plan(ms: number): void {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => void this.run(), ms);
  }

  private async run(): Promise<void> {
    if (this.running || this.users === 0) return;
    if (session.value.state !== "in") return; // a session's change looks again
    const run = new AbortController();
    this.running = run;
    this.busy.set(true);
    let outcome: Outcome | void = undefined;
    try {
      outcome = await this.task(run.signal);
      this.failures = 0;
    } catch {
      this.failures += 1;
    }
    if (this.running !== run) return; // nobody uses it any more
    this.running = null;
    this.busy.set(false);
    const wait = pause(this.everyMs, this.failures, document.hidden, outcome ?? {});
    this.due = Date.now() + wait;
    this.plan(wait);
  }
}
