/** Pure: what a person chose, as files and folders. */

/** A folder: what is in it, by name. */
export type Folder = Map<string, Item>;
export type Item = Blob | Folder;

export interface Counted {
  files: number;
  folders: number;
  bytes: number;
  /** Names that begin with a dot, each once; what is below them is not looked at. */
  hidden: string[];
}

export function isFolder(item: Item): item is Folder {
  return item instanceof Map;
}

function isHidden(name: string): boolean {
  return name.startsWith(".");
}

/** What there is, without what is hidden unless `hidden`. */
export function count(folder: Folder, hidden: boolean): Counted {
  const counted: Counted = { files: 0, folders: 0, bytes: 0, hidden: [] };
  const names = new Set<string>();
  const below = (of: Folder) => {
    for (const [name, item] of of) {
      if (isHidden(name)) {
        names.add(name);
        if (!hidden) continue;
      }
      if (isFolder(item)) {
        counted.folders += 1;
        below(item);
      } else {
        counted.files += 1;
        counted.bytes += item.size;
      }
    }
  };
  below(folder);
  counted.hidden = [...names].sort();
  return counted;
}

/** The same without what is hidden. */
export function withoutHidden(folder: Folder): Folder {
  const shown: Folder = new Map();
  for (const [name, item] of folder) {
    if (!isHidden(name)) shown.set(name, isFolder(item) ? withoutHidden(item) : item);
  }
  return shown;
}

const encoder = new TextEncoder();

/** The entries in the order of their names' bytes, which is that of kubo and of the command. */
export function sorted(folder: Folder): [string, Item][] {
  const named = [...folder].map(([name, item]) => ({ name, item, bytes: encoder.encode(name) }));
  return named.sort((one, other) => compare(one.bytes, other.bytes)).map(({ name, item }) => [name, item]);
}

function compare(one: Uint8Array, other: Uint8Array): number {
  const length = Math.min(one.length, other.length);
  for (let at = 0; at < length; at++) {
    const difference = (one[at] ?? 0) - (other[at] ?? 0);
    if (difference) return difference;
  }
  return one.length - other.length;
}
