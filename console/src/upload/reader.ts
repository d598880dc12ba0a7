/** The page's side of the worker. */

import { ApiError } from "../api";
import { ChangedError } from "./changed";
import type { Plan } from "./plan";
import type { Cars } from "./publish";
import type { Item } from "./tree";
import type { Order, Report } from "./worker";

/** The worker's script, relative to the page: the build writes it here. */
declare const UPLOAD_WORKER: string;

/** The worker itself failed. */
export class ReaderError extends Error {
  override readonly name = "ReaderError";
}

interface Policy {
  createScriptURL(url: string): unknown;
}

interface Policies {
  createPolicy(name: string, rules: { createScriptURL: (url: string) => string }): Policy;
}

let policy: Policy | undefined;

/** The only script that this page makes a worker of. With Trusted Types, browsers want that said by a policy. */
function script(): string {
  const url = new URL(UPLOAD_WORKER, document.baseURI).href;
  const policies = (globalThis as { trustedTypes?: Policies }).trustedTypes;
  policy ??= policies?.createPolicy("console", { createScriptURL: () => url });
  return (policy ? policy.createScriptURL(url) : url) as string;
}

/** Reads the files of one upload. */
export class Reader implements Cars {
  private readonly waiting = new Map<number, { resolve: (report: Report) => void; reject: (error: Error) => void }>();
  private last = 0;
  private ended: Error | null = null;
  private onRead: (bytes: number) => void = () => undefined;

  private constructor(private readonly worker: Worker) {
    worker.onmessage = ({ data }: MessageEvent<Report>) => this.take(data);
    worker.onerror = (event) => this.end(new ReaderError(event.message || "the browser ended it"));
  }

  /** Loads the worker. Throws ApiError("offline") if that fails. */
  static open(): Promise<Reader> {
    return new Promise((resolve, reject) => {
      const worker = new Worker(script());
      worker.onmessage = () => resolve(new Reader(worker)); // it says that it is ready
      worker.onerror = () => {
        worker.terminate();
        reject(new ApiError("offline", 0, ""));
      };
    });
  }

  /** `onRead` is told how many bytes were read so far. Throws ChangedError. */
  async plan(item: Item, path: string, onRead: (bytes: number) => void): Promise<Plan> {
    this.onRead = onRead;
    const report = await this.ask(0, { kind: "plan", item, path });
    if (report.kind !== "planned") throw new ReaderError(report.kind);
    return report.plan;
  }

  async car(index: number): Promise<Blob> {
    const number = ++this.last;
    const report = await this.ask(number, { kind: "car", index, number });
    if (report.kind !== "done" || !report.car) throw new ReaderError(report.kind);
    return report.car;
  }

  async verify(index: number): Promise<void> {
    const number = ++this.last;
    await this.ask(number, { kind: "verify", index, number });
  }

  /** Whether it can be asked for more. */
  get alive(): boolean {
    return this.ended === null;
  }

  /** Ends the worker. What waits for it fails. */
  close(): void {
    this.end(new ReaderError("closed"));
  }

  private ask(number: number, order: Order): Promise<Report> {
    return new Promise((resolve, reject) => {
      if (this.ended) {
        reject(this.ended);
        return;
      }
      this.waiting.set(number, { resolve, reject });
      this.worker.postMessage(order);
    });
  }

  private take(report: Report): void {
    if (report.kind === "read") {
      this.onRead(report.bytes);
      return;
    }
    const number = "number" in report ? report.number : 0;
    const waiting = this.waiting.get(number);
    this.waiting.delete(number);
    if (report.kind !== "failed") waiting?.resolve(report);
    else waiting?.reject(report.changed === undefined ? new ReaderError(report.message) : new ChangedError(report.changed));
  }

  private end(error: Error): void {
    this.ended ??= error;
    this.worker.terminate();
    for (const { reject } of this.waiting.values()) reject(error);
    this.waiting.clear();
  }
}
