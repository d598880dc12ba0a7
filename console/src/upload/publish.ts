/**
 * Sends what was planned: the parts, and last the root under the person's name.
 *
 * It is what `ipfs-cluster publish` does (components/ipfs_cluster_cli/publishing.py). Each part is pinned for a day under a name of its own,
 * so that the nodes keep its blocks. Only when all else is in the cluster the last part is sent, which has the root. What breaks off leaves
 * parts, and the next attempt does not send them again; neither does the command, which makes the same parts of the same files.
 */

import type { ClusterNode } from "../config";
import { time } from "../format";
import type { Pin } from "../types";
import type { PinOptions } from "./options";
import type { Part, Plan } from "./plan";
import type { Remote } from "./remote";
import { type Conditions, persist } from "./retry";
import { isHeld, statesOf, type NodeState } from "./states";

/** After this time the cluster unpins a part by itself. */
const PART_HOURS = 24;
/** A part that was sent before, and has less than this left, gets its whole time again. */
const RENEWED_MS = 12 * 3_600_000;
/** How often a node is asked whether it has a part that was sent, until the part is sent again. */
const HELD_POLLS = 20;
const POLL_MS = 500;
/** Parts that are sent at the same time: docs/performance.md, Publishing. */
const PARALLEL = 2;

/** Where the CAR files come from. */
export interface Cars {
  car(index: number): Promise<Blob>;
  /** Throws if the files of a part are no longer what they were. */
  verify(index: number): Promise<void>;
}

export interface Watcher {
  /** So many bytes more were sent, or need not be: they are in the cluster. A negative number takes some back. */
  sent(bytes: number): void;
  /** What begins to be sent, and was not pinned before. */
  starts(cid: string): void;
  /** A part is in the cluster. */
  arrived(part: Part, kept: boolean): void;
  /** What is tried again, and why. */
  trouble(error: Error): void;
}

export interface Published {
  /** Whether the root was pinned before. */
  readonly already: boolean;
  /** Whether it was, with other options, which were changed. */
  readonly changed: boolean;
  /** CIDs of the parts that are pinned until the nodes have the root. */
  readonly left: readonly string[];
}

export class Publisher {
  constructor(
    private readonly plan: Plan,
    private readonly cars: Cars,
    private readonly remote: Remote,
    private readonly nodes: readonly ClusterNode[],
    private readonly conditions: Conditions,
    private readonly watcher: Watcher,
    private readonly signal: AbortSignal,
  ) {}

  /** Brings the content into the cluster and pins its root. `title` names it where the options have no name. */
  async publish(options: PinOptions, title: string): Promise<Published> {
    const { root, parts } = this.plan;
    const before = parts.slice(0, -1);
    const existing = await this.pinOf(root);
    if (existing && isHeld(await this.statesOf(root))) {
      const changed = changedOptions(existing, options);
      if (changed) await this.persist((signal) => this.remote.pin(root, changed, signal));
      // The first part is unpinned last: it tells whether an earlier run came to its end.
      const unfinished = before[0] && (await this.pinOf(before[0].cid));
      return { already: true, changed: changed !== null, left: unfinished ? before.map((part) => part.cid) : [] };
    }
    const named = options.name ?? title;
    const work = before.map((_, index) => () => this.keepOrSend(index, this.partOptions(index, named, options)));
    await inParallel(work, PARALLEL);
    await inParallel(
      before.map((_, index) => () => this.hold(index, this.partOptions(index, named, options))),
      PARALLEL,
    );
    await this.send(parts.length - 1, { ...options, name: named }, existing !== null);
    return { already: false, changed: false, left: before.map((part) => part.cid) };
  }

  /** Unpins parts; the first one last. */
  async clean([first, ...others]: readonly string[]): Promise<void> {
    const unpin = (cid: string) => () => this.persist((signal) => this.remote.unpin(cid, signal));
    await inParallel(others.map(unpin), PARALLEL);
    if (first !== undefined) await unpin(first)();
  }

  private persist<T>(once: (signal: AbortSignal) => Promise<T>): Promise<T> {
    return persist(() => once(this.signal), this.signal, this.conditions);
  }

  private pinOf(cid: string): Promise<Pin | null> {
    return this.persist((signal) => this.remote.pinOf(cid, signal));
  }

  private async statesOf(cid: string): Promise<NodeState[]> {
    return statesOf(await this.persist((signal) => this.remote.statusOf(cid, signal)), this.nodes);
  }

  private part(index: number): Part {
    const part = this.plan.parts[index];
    if (!part) throw new Error(`there is no part ${index}`);
    return part;
  }

  private partOptions(index: number, named: string, { replication }: PinOptions): PinOptions {
    const name = `${named} (part ${index + 1} of ${this.plan.parts.length})`;
    // As many copies as of the root: the nodes fetch the parts while more are sent, and need not when they get the root.
    return { name, expireInHours: PART_HOURS, ...(replication ? { replication } : {}) };
  }

  private async keepOrSend(index: number, options: PinOptions): Promise<void> {
    const part = this.part(index);
    const pin = await this.pinOf(part.cid);
    if (!pin || !isHeld(await this.statesOf(part.cid))) return this.send(index, options, pin !== null);
    const expires = time(pin.expire_at);
    if (expires && expires - Date.now() < RENEWED_MS) {
      await this.persist((signal) => this.remote.pin(part.cid, { ...options, allocations: pin.allocations ?? [] }, signal));
    }
    this.watcher.arrived(part, true);
    this.watcher.sent(part.bytes);
  }

  /** Sees that some node has the part, and sends it again if none has: the node that took it may be gone before another one fetched it. */
  private async hold(index: number, options: PinOptions): Promise<void> {
    const { cid, bytes } = this.part(index);
    for (let poll = 0; poll < HELD_POLLS; poll++) {
      if (isHeld(await this.statesOf(cid))) return;
      await this.conditions.sleep(POLL_MS, this.signal);
    }
    this.watcher.sent(-bytes);
    await this.send(index, options, true);
  }

  private async send(index: number, options: PinOptions, pinned: boolean): Promise<void> {
    const part = this.part(index);
    if (!pinned) this.watcher.starts(part.cid);
    let told = 0;
    const tell = (bytes: number) => {
      this.watcher.sent(bytes - told);
      told = bytes;
    };
    const once = async () => {
      tell(0); // of an attempt that failed
      const car = await this.cars.car(index);
      await this.remote.add(car, part.cid, options, !part.smallBlocks, tell, this.signal);
    };
    await persist(once, this.signal, this.conditions, async (error) => {
      // A browser breaks a request off if a file that it sends has changed, and does not say so.
      await this.cars.verify(index);
      this.watcher.trouble(error);
    });
    tell(part.bytes);
    this.watcher.arrived(part, false);
  }
}

/** Does all, some at the same time. The first failure ends it; those under way come to their end: what they sent need not be sent again. */
export async function inParallel(work: readonly (() => Promise<void>)[], parallel: number): Promise<void> {
  let next = 0;
  let failed = false;
  const one = async () => {
    while (next < work.length && !failed) {
      try {
        await work[next++]?.();
      } catch (error) {
        failed = true;
        throw error;
      }
    }
  };
  const all = await Promise.allSettled(Array.from({ length: Math.min(parallel, work.length) }, one));
  for (const result of all) if (result.status === "rejected") throw result.reason;
}

/** The options with which to pin it again, so that what is wanted holds and the rest stays; null if all of that is so already. */
export function changedOptions(pin: Pin, wanted: PinOptions): PinOptions | null {
  const metadata = { ...pin.metadata, ...wanted.metadata };
  const factors = [pin.replication_factor_min || -1, pin.replication_factor_max || -1] as const;
  const replication = wanted.replication ?? factors;
  const sameFactors = replication[0] === factors[0] && replication[1] === factors[1];
  const expires = time(pin.expire_at);
  const sameTime = wanted.expireInHours === undefined && (wanted.expireAt === undefined || Math.abs(wanted.expireAt - expires) < 1_000);
  const sameMetadata = Object.entries(metadata).every(([key, value]) => pin.metadata?.[key] === value);
  if ((wanted.name ?? pin.name) === pin.name && sameMetadata && sameFactors && sameTime) return null;
  return {
    name: wanted.name ?? pin.name,
    metadata,
    replication,
    ...(wanted.expireInHours !== undefined ? { expireInHours: wanted.expireInHours } : {}),
    ...(wanted.expireInHours === undefined && (wanted.expireAt ?? expires) ? { expireAt: wanted.expireAt ?? expires } : {}),
    ...(sameFactors && pin.allocations?.length ? { allocations: pin.allocations } : {}),
    ...(pin.origins?.length ? { origins: pin.origins } : {}),
  };
}
