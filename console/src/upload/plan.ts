/**
 * What is to be uploaded: the CID of its root, and the parts in which it is sent.
 *
 * A part is a CAR file whose root links all that is in it, so that it is pinned as a whole; the last one has the root of the content. They are
 * those of the command `ipfs-cluster publish`. Kept are 32 bytes for each leaf, and the nodes that are not leaves: some 85 MiB for 1 TB.
 */

import type { CID } from "multiformats/cid";
import { directory, FileTree, leafCid, nodeCid, partNode, type Bytes, type Link } from "./blocks";
import { ChangedError } from "./changed";
import { header, section, sectionSize } from "./car";
import { leafCount, leafLength, readLeaf, readLeaves, slice, sources, type Leaf, type Source } from "./leaves";
import { isFolder, sorted, type Item } from "./tree";

/** Bytes that a part has at most, but for the last one, which has all nodes that are not leaves. */
export const PART_BYTES = 32 * 1024 * 1024;
/** Leaves that a part has at most. Its root has a link to each: 360 KiB. */
const PART_LEAVES = 8000;
/** Below this mean, nodes fetch blocks from each other slower than one node can pass them on to all: docs/performance.md, Publishing. */
const SMALL_BLOCK = 64 * 1024;
const SPOOLED = 256 * 1024;
/** Hashes that are kept together. */
const DIGESTS = 4096;

export interface Part {
  readonly cid: string;
  /** Of the CAR file. */
  readonly bytes: number;
  readonly smallBlocks: boolean;
}

export interface Plan {
  readonly root: string;
  readonly files: number;
  /** Of the files' content. */
  readonly bytes: number;
  readonly parts: readonly Part[];
}

interface Range {
  readonly root: CID;
  /** The first leaf, among all. */
  readonly start: number;
  /** Leaves in it, also those that occur twice. */
  readonly count: number;
}

/** Leaves of one part, each once. */
class Packed {
  readonly links = new Map<string, Link>();
  bytes = 0;
  count = 0;

  constructor(readonly start: number) {}
}

/** Reads files once for the CIDs of all blocks, and gives the parts. */
export class Planner {
  private readonly files: Source[];
  /** The number of each file's first leaf. */
  private readonly firsts: number[] = [];
  private readonly digests = new Digests();
  private readonly inner: Blob[] = [];
  private readonly ranges: Range[] = [];
  private readonly parts: Part[] = [];
  private unspooled: Bytes[] = [];
  private unspooledBytes = 0;
  private innerBytes = 0;
  private innerBlocks = 0;
  private packed = new Packed(0);

  /** `path` is what the item is called in errors; empty if it is only a folder around what was chosen. */
  constructor(
    private readonly item: Item,
    path: string,
    private readonly partBytes = PART_BYTES,
    private readonly partLeaves = PART_LEAVES,
  ) {
    this.files = [...sources(item, path)];
  }

  /** Throws ChangedError. `onRead` is told how many bytes more were read. */
  async plan(onRead: (bytes: number) => void = () => undefined): Promise<Plan> {
    const leaves = readLeaves(this.files);
    let bytes = 0;
    let next = 0;
    const file = async (): Promise<Link> => {
      const { blob } = this.files[next++]!;
      const tree = new FileTree(this.put);
      this.firsts.push(this.digests.count);
      for (let left = leafCount(blob.size); left > 0; left--) {
        const leaf = (await leaves.next()).value as Leaf;
        await this.pack(leaf);
        await tree.add(leaf.digest, leaf.length);
        onRead(leaf.length);
      }
      bytes += blob.size;
      return tree.finish();
    };
    const build = async (item: Item): Promise<Link> => {
      if (!isFolder(item)) return file();
      const entries = new Map<string, Link>();
      for (const [name, below] of sorted(item)) entries.set(name, await build(below));
      return directory(entries, this.put);
    };
    const { cid } = await build(this.item);
    await this.finish(cid);
    return { root: cid.toString(), files: this.files.length, bytes, parts: this.parts };
  }

  private readonly put = async (block: Bytes): Promise<CID> => {
    const cid = await nodeCid(block);
    const before = section(cid, block.length);
    this.unspooled.push(before, block);
    this.unspooledBytes += before.length + block.length;
    this.innerBytes += before.length + block.length;
    this.innerBlocks += 1;
    // A browser keeps blobs outside of the page's memory, and on the disk if they are many.
    if (this.unspooledBytes > SPOOLED) this.spool();
    return cid;
  };

  private spool(): void {
    this.inner.push(new Blob(this.unspooled));
    this.unspooled = [];
    this.unspooledBytes = 0;
  }

  private async pack(leaf: Leaf): Promise<void> {
    const key = keyOf(leaf.digest);
    if (!this.packed.links.has(key)) {
      const cid = leafCid(leaf.digest);
      const size = sectionSize(cid, leaf.length);
      const { links, bytes } = this.packed;
      if (links.size > 0 && (bytes + size > this.partBytes || links.size === this.partLeaves)) await this.close();
      this.packed.links.set(key, { cid, tsize: leaf.length });
      this.packed.bytes += size;
    }
    this.packed.count += 1;
    this.digests.add(leaf.digest);
  }

  private async close(): Promise<void> {
    const { links, bytes, start, count } = this.packed;
    const block = partNode(links.values());
    const root = await nodeCid(block);
    this.add({ root, start, count }, header(root).length + bytes + sectionSize(root, block.length), links.size + 1);
    this.packed = new Packed(start + count);
  }

  private add(range: Range, bytes: number, blocks: number): void {
    this.ranges.push(range);
    this.parts.push({ cid: range.root.toString(), bytes, smallBlocks: bytes < blocks * SMALL_BLOCK });
  }

  /** A single part has everything; otherwise the last one has what is not a leaf. */
  private async finish(root: CID): Promise<void> {
    if (this.packed.links.size > 0 && (this.parts.length > 0 || this.packed.bytes + this.innerBytes > this.partBytes)) await this.close();
    this.spool();
    const { links, bytes, start, count } = this.packed;
    this.add({ root, start, count }, header(root).length + bytes + this.innerBytes, links.size + this.innerBlocks);
  }

  /** A part's CAR file. The files are not read before it is sent. */
  async car(index: number): Promise<Blob> {
    const { root, start, count } = this.ranges[index]!;
    const pieces: BlobPart[] = [header(root)];
    const links = new Map<string, Link>();
    for (const { source, at, digest } of this.leaves(start, count)) {
      const key = keyOf(digest);
      if (links.has(key)) continue;
      const cid = leafCid(digest);
      const length = leafLength(source.blob.size, at);
      links.set(key, { cid, tsize: length });
      pieces.push(section(cid, length), slice(source, at));
    }
    if (index === this.ranges.length - 1) {
      pieces.push(...this.inner);
    } else {
      const block = partNode(links.values());
      pieces.push(section(root, block.length), block);
    }
    return new Blob(pieces);
  }

  /** Reads a part's files again. Throws ChangedError if one is no longer what it was. */
  async verify(index: number): Promise<void> {
    const { start, count } = this.ranges[index]!;
    for (const { source, at, digest } of this.leaves(start, count)) {
      const leaf = await readLeaf(source, at);
      if (keyOf(leaf.digest) !== keyOf(digest)) throw new ChangedError(source.path);
    }
  }

  private *leaves(start: number, count: number): Generator<{ source: Source; at: number; digest: Bytes }> {
    let file = lastNotAfter(this.firsts, start);
    for (let number = start; number < start + count; number++) {
      while (file + 1 < this.firsts.length && this.firsts[file + 1]! <= number) file += 1;
      yield { source: this.files[file]!, at: number - this.firsts[file]!, digest: this.digests.at(number) };
    }
  }
}

/** Hashes, without an object for each. */
class Digests {
  private readonly rows: Bytes[] = [];
  count = 0;

  add(digest: Bytes): void {
    const place = this.count % DIGESTS;
    if (place === 0) this.rows.push(new Uint8Array(DIGESTS * 32));
    this.rows.at(-1)!.set(digest, place * 32);
    this.count += 1;
  }

  at(number: number): Bytes {
    const place = (number % DIGESTS) * 32;
    return this.rows[Math.floor(number / DIGESTS)]!.slice(place, place + 32);
  }
}

function keyOf(digest: Bytes): string {
  return String.fromCharCode(...digest);
}

/** The index of the last number that is not larger; the numbers are in order. */
function lastNotAfter(numbers: readonly number[], wanted: number): number {
  let low = 0;
  let high = numbers.length;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (numbers[middle]! <= wanted) low = middle;
    else high = middle;
  }
  return low;
}
