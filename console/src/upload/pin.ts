/** A CID that the nodes are asked to pin: they fetch it from the network. */

import { announce } from "../announce";
import { inWords, isAbort } from "../api";
import type { ClusterNode } from "../config";
import { texts } from "../texts";
import { conditions } from "./browser";
import { add, change, type Control, type Job } from "./jobs";
import type { PinOptions } from "./options";
import { changedOptions } from "./publish";
import { remote } from "./remote";
import { persist } from "./retry";
import { follow } from "./upload";

const words = texts.upload.said;

/** `patienceMs`: after this time without a node that has it, the page says so. */
export function pinCid(cid: string, options: PinOptions, nodes: readonly ClusterNode[], patienceMs: number): void {
  add("pin", options.name ?? cid, { cid, patienceMs, stage: "sending" }, (id) => new Pinning(id, cid, options, nodes));
}

class Pinning implements Control {
  private abort = new AbortController();

  constructor(
    private readonly id: number,
    private readonly cid: string,
    private readonly options: PinOptions,
    private readonly nodes: readonly ClusterNode[],
  ) {
    void this.run();
  }

  retry(): void {
    this.abort = new AbortController();
    this.set({ stage: "sending", problem: null });
    void this.run();
  }

  keepWaiting(): void {
    this.set({ late: false });
  }

  cancel(): void {
    this.unpin();
  }

  unpin(): void {
    this.abort.abort();
    this.abort = new AbortController();
    void this.remove(this.abort.signal);
  }

  stop(): void {
    this.abort.abort();
  }

  private set(changes: Partial<Job>): void {
    change(this.id, changes);
  }

  private get title(): string {
    return this.options.name ?? this.cid;
  }

  private readonly waiting = conditions((hold) => this.set({ hold }));

  private async run(): Promise<void> {
    const { signal } = this.abort;
    try {
      const existing = await persist(() => remote.pinOf(this.cid, signal), signal, this.waiting);
      // To pin it again replaces all options: what was not typed stays as it is.
      const wanted = existing ? changedOptions(existing, this.options) : this.options;
      if (wanted) await persist(() => remote.pin(this.cid, wanted, signal), signal, this.waiting);
      this.set({ stage: "spreading", already: existing !== null, changed: existing !== null && wanted !== null });
      announce(words.pinning(this.title));
      await follow(this.id, this.cid, this.title, this.nodes, signal);
    } catch (error) {
      this.fail(error, signal);
    }
  }

  private async remove(signal: AbortSignal): Promise<void> {
    this.set({ stage: "discarding", late: false });
    try {
      await persist(() => remote.unpin(this.cid, signal), signal, this.waiting);
      this.set({ stage: "cancelled" });
      announce(words.unpinned(this.title));
    } catch (error) {
      this.fail(error, signal);
    }
  }

  private fail(error: unknown, signal: AbortSignal): void {
    if (signal.aborted || isAbort(error)) return;
    const text = inWords(error);
    this.set({ stage: "failed", problem: { text, retry: true } });
    announce(words.failed(this.title, text));
  }
}
