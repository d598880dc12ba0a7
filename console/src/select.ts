/** Which pins are shown, and in which order. */

import { cidIn, spellings } from "./cid";
import type { Deviations } from "./cluster";
import type { Row } from "./pinset";
import type { NodeStatus, Status } from "./types";

/** What a pin is like, over all nodes. The worst of its nodes counts. */
export type PinState = "failed" | "missing" | "unpinning" | "pinning" | "queued" | "partial" | "pinned";
export const STATES: readonly PinState[] = ["failed", "missing", "unpinning", "pinning", "queued", "partial", "pinned"];

const STATE_OF: Partial<Record<Status, PinState>> = {
  cluster_error: "partial", // the node did not answer: what it holds is not known
  pin_error: "failed",
  unpin_error: "failed",
  unexpectedly_unpinned: "missing",
  unpinning: "unpinning",
  unpin_queued: "unpinning",
  pinning: "pinning",
  pin_queued: "queued",
};

export interface Known {
  /** Nodes that are there. */
  readonly nodes: readonly string[];
  readonly down: ReadonlySet<string>;
  readonly active: Deviations;
  readonly missing: Deviations;
}

export interface PinSummary {
  readonly state: PinState;
  /** On how many nodes it is, of how many. */
  readonly held: number;
  readonly of: number;
}

/** What is known of a pin. A node that does not say anything else holds what it should, unless it is down. */
export function summary(row: Row, known: Known): PinSummary {
  const nodes = row.on ?? known.nodes;
  const active = known.active.get(row.cid);
  const missing = known.missing.get(row.cid);
  let held = nodes.length;
  let worst = STATES.indexOf("pinned");
  for (const node of nodes) {
    const state = stateOn(active?.[node] ?? missing?.[node]);
    if (state) worst = Math.min(worst, STATES.indexOf(state));
    if (state || known.down.has(node)) held -= 1;
  }
  // A node that should not hold it may still be removing it, or have failed to.
  for (const node of active ? Object.keys(active) : []) {
    const state = nodes.includes(node) ? undefined : stateOn(active?.[node]);
    if (state) worst = Math.min(worst, STATES.indexOf(state));
  }
  if (held < nodes.length) worst = Math.min(worst, STATES.indexOf("partial"));
  return { state: STATES[worst] ?? "pinned", held, of: nodes.length };
}

function stateOn(status: NodeStatus | undefined): PinState | undefined {
  return status ? STATE_OF[status.status] : undefined;
}

export type SortKey = "name" | "created" | "expires" | "state";

/** What a search finds: every word in name, metadata or CID; or the content of a CID, however it is written. */
export function matcher(text: string): (row: Row) => boolean {
  const trimmed = text.trim();
  if (!trimmed) return () => true;
  const cid = cidIn(trimmed);
  const names = cid ? spellings(cid) : new Set<string>();
  const words = trimmed.toLowerCase().split(/\s+/);
  // A CID of version 0 has capitals that count; somebody may search for a part of it, with or without them.
  return (row) => names.has(row.cid) || words.every((word) => row.words.includes(word) || lower(row.cid).includes(word));
}

function lower(cid: string): string {
  return cid.startsWith("Qm") ? cid.toLowerCase() : cid; // version 1 is in lower case
}

/** The pins in an order. Apart from the search, because sorting takes longer than searching. */
export function sorted(rows: readonly Row[], sort: SortKey, descending: boolean, known: Known): Row[] {
  const sign = descending ? -1 : 1;
  const newest = (a: Row, b: Row) => b.created - a.created || (a.cid < b.cid ? -1 : 1);
  const found = [...rows];
  switch (sort) {
    case "name":
      return found.sort((a, b) => Number(!a.name) - Number(!b.name) || sign * byName(a, b) || newest(a, b));
    case "created":
      return found.sort((a, b) => -sign * newest(a, b));
    case "expires":
      return found.sort((a, b) => Number(!a.expires) - Number(!b.expires) || sign * (a.expires - b.expires) || newest(a, b));
    case "state": {
      const states = new Map(found.map((row) => [row, STATES.indexOf(summary(row, known).state)]));
      return found.sort((a, b) => sign * ((states.get(a) ?? 0) - (states.get(b) ?? 0)) || newest(a, b));
    }
  }
}

/** The pins that a search is about. */
export function select(rows: readonly Row[], text: string, state: PinState | "", known: Known): readonly Row[] {
  if (!text.trim() && !state) return rows;
  const matches = matcher(text);
  return rows.filter((row) => matches(row) && (!state || summary(row, known).state === state));
}

/** Without regard to capitals. What is searched begins with the name. */
function byName(a: Row, b: Row): number {
  return a.words < b.words ? -1 : a.words > b.words ? 1 : 0;
}

/** How many pins are in each state. */
export function counts(rows: readonly Row[], known: Known): Record<PinState, number> {
  const found = { failed: 0, missing: 0, unpinning: 0, pinning: 0, queued: 0, partial: 0, pinned: 0 };
  for (const row of rows) found[summary(row, known).state] += 1;
  return found;
}
