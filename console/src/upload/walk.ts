/** What was dropped or chosen, as files and folders. */

import { isFolder, type Folder, type Item } from "./tree";

export type Reason = "unreadable" | "encoding" | "twice";

/** Something that cannot be uploaded. */
export interface Refusal {
  readonly path: string;
  readonly reason: Reason;
}

export interface Chosen {
  /** What was given, by name. */
  readonly items: Folder;
  readonly refused: readonly Refusal[];
  /** Whether a folder may have had empty ones in it, of which the browser told nothing. */
  readonly noEmptyFolders: boolean;
}

/** Told how many files were found so far. */
type OnFound = (files: number) => void;

/** The entries of a drop. To be called in the event: later the browser has forgotten them. */
export function entriesOf(items: DataTransferItemList): FileSystemEntry[] {
  return Array.from(items, (item) => (item.kind === "file" ? item.webkitGetAsEntry() : null)).filter((entry) => entry !== null);
}

/** All files and folders below entries, empty folders too. */
export async function walk(entries: readonly FileSystemEntry[], onFound: OnFound = () => undefined): Promise<Chosen> {
  const refused: Refusal[] = [];
  const items: Folder = new Map();
  let files = 0;
  // What is still to be looked at, the last first, and not recursion: trees may be deep.
  const waiting: { entry: FileSystemEntry; into: Folder }[] = [];
  const later = (some: readonly FileSystemEntry[], into: Folder) => {
    for (const entry of [...some].reverse()) waiting.push({ entry, into });
  };
  later(entries, items);
  for (let next = waiting.pop(); next; next = waiting.pop()) {
    const { entry, into } = next;
    try {
      if (isDirectory(entry)) {
        const folder: Folder = new Map();
        put(into, entry.name, folder, pathOf(entry), refused);
        later(await readAll(entry.createReader()), folder);
      } else {
        put(into, entry.name, await fileOf(entry as FileSystemFileEntry), pathOf(entry), refused);
        onFound(++files);
      }
    } catch {
      refused.push({ path: pathOf(entry), reason: "unreadable" });
    }
  }
  return { items, refused, noEmptyFolders: false };
}

function isDirectory(entry: FileSystemEntry): entry is FileSystemDirectoryEntry {
  return entry.isDirectory;
}

function pathOf(entry: FileSystemEntry): string {
  return entry.fullPath.replace(/^\//, "") || entry.name;
}

function fileOf(entry: FileSystemFileEntry): Promise<File> {
  return new Promise((resolve, reject) => entry.file(resolve, reject));
}

/** A reader gives some entries each time (100 in Chromium), and none when it has given all. */
async function readAll(reader: FileSystemDirectoryReader): Promise<FileSystemEntry[]> {
  const all: FileSystemEntry[] = [];
  for (;;) {
    const some = await new Promise<FileSystemEntry[]>((resolve, reject) => reader.readEntries(resolve, reject));
    if (some.length === 0) return all;
    for (const entry of some) all.push(entry);
  }
}

/** Files of `<input type="file">`: those of a folder have a path. */
export function fromFiles(files: Iterable<File>): Chosen {
  const refused: Refusal[] = [];
  const items: Folder = new Map();
  let inFolders = false;
  for (const file of files) {
    const path = file.webkitRelativePath || file.name;
    const [name = file.name, ...above] = path.split("/").reverse();
    inFolders ||= above.length > 0;
    let into = items;
    for (const folder of above.reverse()) {
      const there = into.get(folder);
      const below: Folder = there && isFolder(there) ? there : new Map();
      if (!there) put(into, folder, below, path, refused);
      into = below;
    }
    put(into, name, file, path, refused);
  }
  return { items, refused, noEmptyFolders: inFolders };
}

function put(into: Folder, name: string, item: Item, path: string, refused: Refusal[]): void {
  // Browsers put the replacement character in the place of what is not valid: the name would be another one.
  if (name.includes("\ufffd")) refused.push({ path, reason: "encoding" });
  else if (into.has(name)) refused.push({ path, reason: "twice" });
  else into.set(name, item);
}

/** What was chosen now, together with what was chosen before. */
export function together(before: Folder, added: Chosen): Chosen {
  const items: Folder = new Map(before);
  const refused = [...added.refused];
  for (const [name, item] of added.items) put(items, name, item, name, refused);
  return { items, refused, noEmptyFolders: added.noEmptyFolders };
}
