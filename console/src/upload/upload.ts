/** One upload, from the files to the nodes. */

import { announce } from "../announce";
import { ApiError, inWords, isAbort } from "../api";
import type { ClusterNode } from "../config";
import { loadPin } from "../pinset";
import { texts } from "../texts";
import { conditions } from "./browser";
import { ChangedError } from "./changed";
import type { ToUpload } from "./form";
import { add, change, jobOf, Turns, type Control, type Job, type Problem } from "./jobs";
import type { PinOptions } from "./options";
import type { Part, Plan } from "./plan";
import { Publisher, type Published } from "./publish";
import { Rate, secondsLeft } from "./rate";
import { Reader } from "./reader";
import { OtherCidError, remote } from "./remote";
import { persist } from "./retry";
import { isEverywhere, isHeld, pinnedCount } from "./states";
import { count, isFolder, type Item } from "./tree";
import { watch } from "./watch";

const words = texts.upload.said;
/** How often progress is shown. */
const SHOWN_MS = 250;
/** Without a change in this time, nodes that do not have it are named. */
const PATIENCE_MS = 120_000;

const turns = new Turns();

/** `path` is what the item is called in errors. */
export function upload({ title, item, path }: ToUpload, options: PinOptions, nodes: readonly ClusterNode[]): void {
  const counted = isFolder(item) ? count(item, true) : { files: 1, bytes: item.size };
  const { files, bytes } = counted;
  add("upload", options.name ?? title, { files, bytes, patienceMs: PATIENCE_MS }, (id) => new Upload(id, title, item, path, options, nodes));
}

class Upload implements Control {
  private abort = new AbortController();
  private reader: Reader | null = null;
  private plan: Plan | null = null;
  private publisher: Publisher | null = null;
  /** What is to be unpinned if the person cancels. */
  private readonly started = new Set<string>();
  private readonly rate = new Rate();
  private sent = 0;
  /** Bytes of parts that had been there: no part of the rate. */
  private keptBytes = 0;
  private half = false;
  private shown = 0;
  private timer: ReturnType<typeof setTimeout> | undefined;

  private readonly waiting = conditions((hold) => {
    if (hold === jobOf(this.id)?.hold) return; // two parts wait for the same
    this.rate.reset();
    this.set({ hold, ...(hold ? { perSecond: 0, secondsLeft: null } : {}) });
    announce(hold ? words.hold[hold](this.label) : words.goesOn(this.label));
  });

  constructor(
    private readonly id: number,
    private readonly title: string,
    private item: Item | null,
    private readonly path: string,
    private readonly options: PinOptions,
    private readonly nodes: readonly ClusterNode[],
  ) {
    void this.run();
  }

  retry(): void {
    this.abort = new AbortController();
    this.set({ stage: "waiting", problem: null, trouble: "" });
    void this.run();
  }

  cancel(): void {
    this.abort.abort();
    void this.discard();
  }

  keepWaiting(): void {
    this.set({ late: false });
  }

  unpin(): void {
    this.cancel();
  }

  stop(): void {
    this.abort.abort();
    this.end();
  }

  /** What the person calls it. */
  private get label(): string {
    return this.options.name ?? this.title;
  }

  private set(changes: Partial<Job>): void {
    change(this.id, changes);
  }

  private end(): void {
    clearTimeout(this.timer);
    this.reader?.close();
    this.reader = null;
    this.plan = null;
    this.item = null;
  }

  private async run(): Promise<void> {
    const { signal } = this.abort;
    const endTurn = await turns.take();
    try {
      if (signal.aborted) return;
      const published = await this.publish(signal);
      endTurn();
      await this.spread(published, signal);
    } catch (error) {
      if (signal.aborted || isAbort(error)) return;
      const problem = problemOf(error);
      this.set({ stage: "failed", problem, hold: null, perSecond: 0, secondsLeft: null });
      announce(words.failed(this.label, problem.text));
    } finally {
      endTurn();
      clearTimeout(this.timer);
    }
  }

  private async publish(signal: AbortSignal): Promise<Published> {
    const plan = await this.read(signal);
    this.sent = this.keptBytes = 0;
    this.rate.reset();
    this.set({ stage: "sending", sent: 0, total: plan.parts.reduce((sum, part) => sum + part.bytes, 0), partsArrived: 0, partsKept: 0 });
    announce(words.sending(this.label));
    const arrived = new Set<string>();
    const watcher = {
      sent: (bytes: number) => this.onSent(bytes),
      starts: (cid: string) => this.started.add(cid),
      arrived: ({ cid, bytes }: Part, kept: boolean) => {
        arrived.add(cid);
        if (kept) this.keptBytes += bytes;
        this.set({ partsArrived: arrived.size, partsKept: (jobOf(this.id)?.partsKept ?? 0) + (kept ? 1 : 0), trouble: "" });
      },
      trouble: (error: Error) => {
        this.rate.reset();
        this.set({ trouble: inWords(error) });
      },
    };
    if (!this.reader) throw new ApiError("aborted", 0, "");
    this.publisher = new Publisher(plan, this.reader, remote, this.nodes, this.waiting, watcher, signal);
    // When nothing is passed on any more, the rate says so.
    const ticking = setInterval(() => this.show(), 1_000);
    try {
      return await this.publisher.publish(this.options, this.title);
    } finally {
      clearInterval(ticking);
    }
  }

  private async read(signal: AbortSignal): Promise<Plan> {
    if (this.plan && this.reader?.alive) return this.plan;
    if (!this.item) throw new ApiError("aborted", 0, "");
    this.set({ stage: "reading", read: 0 });
    announce(words.reading(this.label));
    this.reader?.close();
    const reader = await persist(() => Reader.open(), signal, this.waiting);
    if (signal.aborted) {
      reader.close();
      throw new ApiError("aborted", 0, "");
    }
    this.reader = reader;
    const plan = await reader.plan(this.item, this.path, (read) => this.set({ read }));
    this.plan = plan;
    this.set({ cid: plan.root, files: plan.files, bytes: plan.bytes, read: plan.bytes, parts: plan.parts.length });
    return plan;
  }

  private onSent(bytes: number): void {
    this.sent += bytes;
    this.rate.add(this.sent - this.keptBytes, Date.now());
    const wait = this.shown + SHOWN_MS - Date.now();
    clearTimeout(this.timer);
    if (wait <= 0) this.show();
    else this.timer = setTimeout(() => this.show(), wait);
  }

  private show(): void {
    if (jobOf(this.id)?.stage !== "sending") return;
    this.shown = Date.now();
    const total = jobOf(this.id)?.total ?? 0;
    const perSecond = jobOf(this.id)?.hold ? 0 : this.rate.perSecond(Date.now());
    this.set({ sent: this.sent, perSecond, secondsLeft: secondsLeft(total - this.sent, perSecond) });
    if (!this.half && this.sent > total / 2 && this.sent < total) {
      this.half = true;
      announce(words.half(this.label));
    }
  }

  private async spread(published: Published, signal: AbortSignal): Promise<void> {
    clearTimeout(this.timer);
    const { already, changed } = published;
    this.set({ stage: "spreading", already, changed, hold: null, trouble: "", perSecond: 0, secondsLeft: null });
    announce(already ? words.already(this.label) : words.sent(this.label));
    // The files are not needed any more.
    const { publisher } = this;
    this.end();
    // What of the parts cannot be unpinned now, the cluster unpins within a day.
    const clean = async () => publisher?.clean(published.left).catch(() => undefined);
    await follow(this.id, jobOf(this.id)?.cid ?? "", this.label, this.nodes, signal, clean);
  }

  /** Unpins what was sent. What cannot be unpinned, the cluster unpins within a day. */
  private async discard(): Promise<void> {
    this.end();
    this.set({ stage: "discarding", hold: null, problem: null, trouble: "" });
    this.abort = new AbortController();
    const { signal } = this.abort;
    let leftovers = (jobOf(this.id)?.partsKept ?? 0) > 0;
    try {
      for (const cid of this.started) await persist(() => remote.unpin(cid, signal), signal, this.waiting);
    } catch {
      leftovers = true;
    }
    this.set({ stage: "cancelled", hold: null, leftovers });
    announce(words.cancelled(this.label));
  }
}

/** Shows what the nodes say until each has it; then `finish` does what is left to do. */
export async function follow(
  id: number,
  cid: string,
  title: string,
  nodes: readonly ClusterNode[],
  signal: AbortSignal,
  finish: () => Promise<void> = async () => undefined,
): Promise<void> {
  // The list of pins has it from now on; without it the list is only older.
  void loadPin(cid, signal).catch(() => undefined);
  let since = Date.now();
  let before = -1;
  const waiting = conditions((hold) => change(id, { hold }));
  await watch(
    cid,
    remote,
    nodes,
    waiting,
    ({ states, error }) => {
      const job = jobOf(id);
      const pinned = pinnedCount(states);
      if (pinned !== before || job?.late) since = Date.now();
      if (pinned > 0 && pinned !== before && !isEverywhere(states)) announce(words.spreading(title, pinned, states.length));
      before = pinned;
      const late = job?.late || Date.now() - since >= (job?.patienceMs ?? PATIENCE_MS);
      if (late && !job?.late) announce(isHeld(states) ? words.someLate(title) : words.nobody(title));
      change(id, { states, statesError: error ? inWords(error) : "", late });
    },
    signal,
  );
  await finish();
  change(id, { stage: "done", late: false, statesError: "" });
  announce(words.done(title));
}

/** What went wrong, and whether the same may work later. */
export function problemOf(error: unknown): Problem {
  if (error instanceof ChangedError) return { text: texts.upload.changedFile(error.path), retry: false };
  if (error instanceof OtherCidError) return { text: texts.upload.otherCid(error.got, error.wanted), retry: true };
  if (error instanceof ApiError) return { text: inWords(error), retry: true };
  return { text: texts.upload.readerFailed(error instanceof Error ? error.message : String(error)), retry: true };
}
