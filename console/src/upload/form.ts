/** What is chosen and typed for the next upload or pin: it stays when one looks at another page, or signs in again. */

import { session } from "../session";
import { Store } from "../store";
import { NOTHING_TYPED, type Typed } from "./options";
import { count, isFolder, withoutHidden, type Folder, type Item } from "./tree";
import { together, type Chosen, type Refusal } from "./walk";

export interface Form {
  readonly kind: "files" | "cid";
  readonly items: Folder;
  readonly refused: readonly Refusal[];
  /** Whether the browser may have kept quiet about empty folders. */
  readonly noEmptyFolders: boolean;
  /** Files that were found so far while folders are looked into. */
  readonly looking: number | null;
  readonly hidden: boolean;
  readonly each: boolean;
  readonly wrap: boolean;
  readonly typed: Typed;
  readonly cid: string;
  readonly origins: string;
  readonly patience: string;
  /** Fields whose problems are shown: those that were left, or all. */
  readonly touched: ReadonlySet<string> | "all";
}

const EMPTY: Form = {
  kind: "files",
  items: new Map(),
  refused: [],
  noEmptyFolders: false,
  looking: null,
  hidden: false,
  each: false,
  wrap: false,
  typed: NOTHING_TYPED,
  cid: "",
  origins: "",
  patience: "2",
  touched: new Set(),
};

export const form = new Store<Form>(EMPTY);

session.subscribe(() => {
  if (session.value.state === "out") form.set(EMPTY);
});

export function edit(changes: Partial<Form>): void {
  form.update((value) => ({ ...value, ...changes }));
}

export function touch(field: string): void {
  const { touched } = form.value;
  if (touched !== "all" && !touched.has(field)) edit({ touched: new Set([...touched, field]) });
}

/** Forgets what was typed and chosen, and stays where it is. */
export function clear(): void {
  form.set({ ...EMPTY, kind: form.value.kind });
}

/** Adds what was chosen. If something of it cannot be uploaded, nothing is added: half a folder is no folder. */
export function choose(added: Chosen): void {
  const { items } = form.value;
  const all = together(items, added);
  const refused = all.refused.length > 0;
  edit({ items: refused ? items : all.items, refused: all.refused, noEmptyFolders: !refused && all.noEmptyFolders, looking: null });
}

export function unchoose(name: string): void {
  const items = new Map(form.value.items);
  items.delete(name);
  edit({ items });
}

export interface ToUpload {
  readonly title: string;
  readonly item: Item;
  /** What the item is called in errors; empty if it is only a folder around what was chosen. */
  readonly path: string;
}

/** What is uploaded: one for each, or all as one. `titleOfMany` names several as one. */
export function toUpload({ items, hidden, each, wrap }: Form, titleOfMany: (first: string, more: number) => string): ToUpload[] {
  const shown = new Map([...items].map(([name, item]) => [name, isFolder(item) && !hidden ? withoutHidden(item) : item]));
  const [first] = shown;
  if (!first) return [];
  if (shown.size > 1 && !each) return [{ title: titleOfMany(first[0], shown.size - 1), item: shown, path: "" }];
  return [...shown].map(([title, item]) => (wrap ? { title, item: new Map([[title, item]]), path: "" } : { title, item, path: title }));
}

/** Files, folders, bytes and hidden names of what is chosen. What was given itself counts, whatever its name. */
export function chosen({ items, hidden }: Form) {
  const all = { files: 0, folders: 0, bytes: 0, hidden: new Set<string>() };
  for (const item of items.values()) {
    if (!isFolder(item)) {
      all.files += 1;
      all.bytes += item.size;
      continue;
    }
    const below = count(item, hidden);
    all.files += below.files;
    all.folders += below.folders + 1;
    all.bytes += below.bytes;
    for (const name of below.hidden) all.hidden.add(name);
  }
  return { ...all, hidden: [...all.hidden].sort() };
}
