/** The uploads and pins of this tab. They go on while one looks at other pages, and are forgotten with the sign-out. */

import { guard } from "../guards";
import { session } from "../session";
import { Store } from "../store";
import { texts } from "../texts";
import type { Hold } from "./browser";
import type { NodeState } from "./states";

/**
 * `waiting`: for others before it; `reading`: files are read for their CIDs; `sending`: parts, or the request to pin; `spreading`: it is
 * pinned, and nodes fetch it; `discarding`: what was sent is unpinned.
 */
export type Stage = "waiting" | "reading" | "sending" | "spreading" | "done" | "failed" | "discarding" | "cancelled";

export interface Problem {
  readonly text: string;
  /** Whether to try again may help. */
  readonly retry: boolean;
}

/** What is shown of an upload or a pin. */
export interface Job {
  readonly id: number;
  readonly kind: "upload" | "pin";
  readonly title: string;
  readonly stage: Stage;
  /** Why it does not go on at the moment. */
  readonly hold: Hold | null;
  readonly files: number;
  /** Of the files' content. */
  readonly bytes: number;
  /** Bytes that were read. */
  readonly read: number;
  /** Bytes that are in the cluster or on the way, and of all parts. */
  readonly sent: number;
  readonly total: number;
  readonly parts: number;
  readonly partsArrived: number;
  /** Parts that had been there. */
  readonly partsKept: number;
  /** Bytes a second. */
  readonly perSecond: number;
  readonly secondsLeft: number | null;
  /** What is tried again. */
  readonly trouble: string;
  readonly cid: string;
  /** Whether it was pinned before, and whether its options were changed. */
  readonly already: boolean;
  readonly changed: boolean;
  readonly states: readonly NodeState[];
  /** Why the nodes' states are not known. */
  readonly statesError: string;
  /** Whether the nodes took longer than one would expect. */
  readonly late: boolean;
  readonly patienceMs: number;
  readonly problem: Problem | null;
  /** What is left in the cluster of an upload that was cancelled. */
  readonly leftovers: boolean;
}

const NEW: Omit<Job, "id" | "kind" | "title"> = {
  stage: "waiting",
  hold: null,
  files: 0,
  bytes: 0,
  read: 0,
  sent: 0,
  total: 0,
  parts: 0,
  partsArrived: 0,
  partsKept: 0,
  perSecond: 0,
  secondsLeft: null,
  trouble: "",
  cid: "",
  already: false,
  changed: false,
  states: [],
  statesError: "",
  late: false,
  patienceMs: 120_000,
  problem: null,
  leftovers: false,
};

/** What can be done with one. */
export interface Control {
  /** Ends it. What was sent is unpinned. */
  cancel(): void;
  retry(): void;
  /** Waits for the nodes once more. */
  keepWaiting(): void;
  /** Unpins what nobody seems to have. */
  unpin(): void;
  /** Ends everything at once, and asks the cluster for nothing more. */
  stop(): void;
}

export const jobs = new Store<readonly Job[]>([]);

const controls = new Map<number, Control>();
let last = 0;

/** Adds one, the newest first. */
export function add(kind: Job["kind"], title: string, more: Partial<Job>, control: (id: number) => Control): number {
  const id = ++last;
  jobs.update((known) => [{ ...NEW, id, kind, title, ...more }, ...known]);
  controls.set(id, control(id));
  return id;
}

export function change(id: number, changes: Partial<Job>): void {
  jobs.update((known) => known.map((job) => (job.id === id ? { ...job, ...changes } : job)));
}

export function jobOf(id: number): Job | undefined {
  return jobs.value.find((job) => job.id === id);
}

export function controlOf(id: number): Control | undefined {
  return controls.get(id);
}

/** Takes one that has ended out of the list. */
export function dismiss(id: number): void {
  controls.get(id)?.stop();
  controls.delete(id);
  jobs.update((known) => known.filter((job) => job.id !== id));
}

/** Whether something would be lost if the page were closed. */
export function isUnderWay({ kind, stage }: Job): boolean {
  return kind === "upload" && (stage === "waiting" || stage === "reading" || stage === "sending");
}

guard(() => {
  const under = jobs.value.filter(isUnderWay).length;
  return under > 0 ? texts.upload.wouldBeLost(under) : null;
});

session.subscribe(() => {
  if (session.value.state === "out") for (const { id } of jobs.value) dismiss(id);
});

/** Gives turns, one after another: uploads at the same time would only slow each other. */
export class Turns {
  private before: Promise<void> = Promise.resolve();

  /** Waits for its turn; gives what ends it. */
  async take(): Promise<() => void> {
    let end = (): void => undefined;
    const { before } = this;
    this.before = new Promise((resolve) => (end = resolve));
    await before;
    return end;
  }
}
