/** All pins of the cluster, in this tab's memory. */

import { ApiError, call, inWords, isAbort, stream } from "./api";
import { pinsCounted } from "./cluster";
import { time } from "./format";
import { Store } from "./store";
import type { Pin } from "./types";

export interface Row {
  readonly cid: string;
  readonly name: string;
  /** Milliseconds since 1970; 0 if it is not known. */
  readonly created: number;
  /** The same; 0 for never. */
  readonly expires: number;
  readonly metadata: Readonly<Record<string, string>> | null;
  /** Peer IDs of the nodes that hold it; null for all. */
  readonly on: readonly string[] | null;
  /** What a search looks into, in lower case: name and metadata. */
  readonly words: string;
}

export interface Pinset {
  /** `first`: loading, and what has come so far is shown. `again`: the old list is shown until the new one is complete. */
  readonly state: "none" | "first" | "again" | "complete" | "failed";
  readonly rows: readonly Row[];
  /** How many have come while it loads. */
  readonly loaded: number;
  /** When it was complete. */
  readonly at: number;
  readonly error: string;
}

const NONE: Pinset = { state: "none", rows: [], loaded: 0, at: 0, error: "" };
/** How often the count on the page grows while pins come; the list, which is sorted then, grows by a half each time. */
const SHOW_MS = 300;
const GROWTH = 1.5;

export const pinset = new Store<Pinset>(NONE);

/** Lists of peers are the same for many pins: one copy of each. */
const groups = new Map<string, readonly string[]>();

function group(peers: readonly string[]): readonly string[] {
  const key = peers.join();
  const known = groups.get(key) ?? [...peers];
  groups.set(key, known);
  return known;
}

export function rowOf(pin: Pin): Row {
  const metadata = pin.metadata && Object.keys(pin.metadata).length > 0 ? pin.metadata : null;
  const details = metadata ? Object.entries(metadata).map(([key, value]) => `${key}=${value}`) : [];
  return {
    cid: pin.cid,
    name: pin.name,
    created: time(pin.timestamp),
    expires: time(pin.expire_at),
    metadata,
    // ipfs-cluster: both factors -1 mean everywhere, whatever the allocations are
    on: pin.replication_factor_min === -1 && pin.replication_factor_max === -1 ? null : group(pin.allocations ?? []),
    words: [pin.name, ...details].join("\n").toLowerCase(),
  };
}

let running: AbortController | null = null;
/** What changed while a list loads, which may have been sent before that: null for what was unpinned. */
const changed = new Map<string, Row | null>();

function withChanges(rows: Row[]): Row[] {
  if (changed.size === 0) return rows;
  const put = [...changed.values()].filter((row) => row !== null);
  return [...rows.filter((row) => !changed.has(row.cid)), ...put];
}

/** Forgets everything, as when somebody signs out. */
export function forgetPins(): void {
  running?.abort();
  running = null;
  groups.clear();
  pinset.set(NONE);
}

/** Loads the list, if it is not there or being loaded. */
export function needPins(): void {
  if (!running && (pinset.value.state === "none" || pinset.value.state === "failed")) void loadPins();
}

/** Loads the list. One node reads its copy of the pinset; no other is asked. */
export async function loadPins(): Promise<void> {
  running?.abort();
  const run = new AbortController();
  running = run;
  const before = pinset.value;
  const again = before.state === "complete" || before.state === "again";
  const rows: Row[] = [];
  changed.clear();
  let shown = performance.now();
  pinset.set({ ...(again ? before : NONE), state: again ? "again" : "first", loaded: 0, error: "" });
  const show = () => pinset.update((now) => ({ ...now, rows: again || rows.length < now.rows.length * GROWTH ? now.rows : [...rows], loaded: rows.length }));
  try {
    // Without the pins of shards: they are parts of another pin.
    await stream<Pin>("/allocations", { query: { filter: "pin,meta-pin" }, signal: run.signal, timeoutMs: 60_000 }, (pins) => {
      if (running !== run) return;
      for (const pin of pins) rows.push(rowOf(pin));
      if (performance.now() - shown < SHOW_MS) return;
      shown = performance.now();
      show();
    });
    if (running !== run) return;
    const all = withChanges(rows);
    pinset.set({ state: "complete", rows: all, loaded: all.length, at: Date.now(), error: "" });
    pinsCounted(all.length);
  } catch (error) {
    if (running !== run || isAbort(error)) return;
    const text = inWords(error);
    pinset.set({ ...(again ? before : { ...NONE, rows, loaded: rows.length }), state: again ? "complete" : "failed", error: text });
  } finally {
    if (running === run) running = null;
  }
}

/** Takes pins off the list: they were unpinned. */
export function dropPins(cids: ReadonlySet<string>): void {
  for (const cid of cids) changed.set(cid, null);
  pinset.update((now) => ({ ...now, rows: now.rows.filter((row) => !cids.has(row.cid)) }));
}

/** Puts a pin on the list, or renews it there: it was just pinned, or looked at. */
export function putPin(pin: Pin): void {
  const row = rowOf(pin);
  changed.set(row.cid, row);
  pinset.update((now) => {
    if (now.state === "none") return now;
    const at = now.rows.findIndex((known) => known.cid === row.cid);
    return { ...now, rows: at < 0 ? [...now.rows, row] : now.rows.with(at, row) };
  });
}

/** Asks for one pin, as the pinset has it. Null if it is not pinned. */
export async function loadPin(cid: string, signal?: AbortSignal): Promise<Pin | null> {
  try {
    const pin = await call<Pin>(`/allocations/${encodeURIComponent(cid)}`, signal ? { signal } : {});
    putPin(pin);
    return pin;
  } catch (error) {
    if (!(error instanceof ApiError) || error.trouble !== "missing") throw error;
    dropPins(new Set([cid]));
    return null;
  }
}
