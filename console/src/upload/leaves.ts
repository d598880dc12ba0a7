/** The leaves of files, read and hashed in order; a few are read ahead. */

import { CHUNK, sha256, type Bytes } from "./blocks";
import { ChangedError } from "./changed";
import { isFolder, sorted, type Item } from "./tree";

const AHEAD_LEAVES = 32;
const AHEAD_BYTES = 8 * CHUNK;

/** A file among those that are to be uploaded. */
export interface Source {
  readonly path: string;
  readonly blob: Blob;
}

export interface Leaf {
  readonly length: number;
  readonly digest: Bytes;
}

/** All files below an item, in the order in which they become blocks. */
export function* sources(item: Item, path: string): Generator<Source> {
  if (!isFolder(item)) {
    yield { path, blob: item };
    return;
  }
  for (const [name, below] of sorted(item)) yield* sources(below, path ? `${path}/${name}` : name);
}

/** How many leaves a file has. An empty one has one, too. */
export function leafCount(size: number): number {
  return Math.max(1, Math.ceil(size / CHUNK));
}

export function leafLength(size: number, index: number): number {
  return Math.min(CHUNK, size - index * CHUNK);
}

/** The content of a leaf. It is not read before somebody does. */
export function slice({ blob }: Source, index: number): Blob {
  return blob.slice(index * CHUNK, index * CHUNK + leafLength(blob.size, index));
}

/** Reads a leaf. Throws ChangedError: browsers refuse to read a file that was written to since it was chosen (File API, "snapshot state"). */
export async function readLeaf(source: Source, index: number): Promise<Leaf> {
  const length = leafLength(source.blob.size, index);
  let content: ArrayBuffer;
  try {
    // Of a file that is gone browsers may say that it is empty, and an empty slice is not read at all: the file itself is.
    content = await (length === 0 ? source.blob : slice(source, index)).arrayBuffer();
  } catch {
    throw new ChangedError(source.path);
  }
  if (content.byteLength !== length) throw new ChangedError(source.path);
  return { length, digest: await sha256(content) };
}

/** Reads all leaves of files in order. */
export async function* readLeaves(files: Iterable<Source>): AsyncGenerator<Leaf> {
  const coming: { length: number; leaf: Promise<Leaf> }[] = [];
  let bytes = 0;
  const next = async (): Promise<Leaf> => {
    const first = coming.shift();
    if (!first) throw new Error("no leaf is coming");
    bytes -= first.length;
    return first.leaf;
  };
  for (const source of files) {
    for (let index = 0; index < leafCount(source.blob.size); index++) {
      while (coming.length >= AHEAD_LEAVES || bytes >= AHEAD_BYTES) yield await next();
      const leaf = readLeaf(source, index);
      leaf.catch(() => undefined); // whoever waits for it gets the error
      const length = leafLength(source.blob.size, index);
      bytes += length;
      coming.push({ length, leaf });
    }
  }
  while (coming.length > 0) yield await next();
}
