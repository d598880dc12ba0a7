/** What a person did to the list of pins: it is the same when they come back to it. */

import type { PinState, SortKey } from "./select";
import { STATES } from "./select";
import { Store } from "./store";

export interface PinsView {
  readonly text: string;
  readonly state: PinState | "";
  readonly sort: SortKey;
  readonly descending: boolean;
  readonly selected: ReadonlySet<string>;
  /** The row that the keyboard is at, and where a range begins. */
  readonly cursor: number;
  readonly anchor: number;
  readonly scroll: number;
}

const FIRST: PinsView = { text: "", state: "", sort: "created", descending: true, selected: new Set(), cursor: 0, anchor: 0, scroll: 0 };

export const pinsView = new Store<PinsView>(FIRST);

export function forgetPinsView(): void {
  pinsView.set(FIRST);
}

export function change(part: Partial<PinsView>): void {
  pinsView.update((now) => ({ ...now, ...part }));
}

/** Another search, filter or order: the list begins at its top. */
export function ask(part: Partial<Pick<PinsView, "text" | "state" | "sort" | "descending">>): void {
  change({ ...part, cursor: 0, anchor: 0, scroll: 0 });
}

/** What a link asks for. A link without a query leaves the list as it was. */
export function askedByLink(query: Readonly<Record<string, string>>): void {
  if (query["state"] === undefined && query["q"] === undefined) return;
  const state = STATES.find((one) => one === query["state"]) ?? "";
  const text = query["q"] ?? "";
  if (state !== pinsView.value.state || text !== pinsView.value.text) ask({ state, text });
}

/** A selection with some rows more or less. */
export function toggled(selected: ReadonlySet<string>, cids: readonly string[], on: boolean): ReadonlySet<string> {
  const after = new Set(selected);
  for (const cid of cids) {
    if (on) after.add(cid);
    else after.delete(cid);
  }
  return after;
}

/** Where a key leads in a list of `count` rows, of which `page` are seen; null if it leads nowhere. */
export function moved(key: string, cursor: number, count: number, page: number): number | null {
  const steps: Record<string, number> = { ArrowDown: 1, ArrowUp: -1, PageDown: page, PageUp: -page, Home: -count, End: count };
  const step = steps[key];
  return step === undefined ? null : Math.max(0, Math.min(count - 1, cursor + step));
}
