/** Pure: blocks of UnixFS as `ipfs add` of kubo makes them with the profile unixfs-v1-2025, from hashes and names. */

import { encode, prepare } from "@ipld/dag-pb";
import { murmur364 } from "@multiformats/murmur3";
import { UnixFS } from "ipfs-unixfs";
import { CID } from "multiformats/cid";
import * as digests from "multiformats/hashes/digest";

/** Bytes of a leaf. */
export const CHUNK = 1024 * 1024;
/** Links that a node of a file may have. */
const FILE_LINKS = 1024;
/** A directory whose block has more bytes is sharded. */
const SHARDING_THRESHOLD = 256 * 1024;
/** Places of a shard: one byte of a name's hash for each level. */
const FANOUT = 256;

const SHA2_256 = 0x12;
const DAG_PB = 0x70;
const RAW = 0x55;

export type Bytes = Uint8Array<ArrayBuffer>;

/** A link to a node. */
export interface Link {
  readonly cid: CID;
  /** Bytes of all blocks below it, each as often as it is linked, and its own. */
  readonly tsize: number;
}

interface FileLink extends Link {
  /** Bytes of the file, or the part of it, that it is. */
  readonly size: number;
}

/** Keeps a node that is not a leaf; gives its CID. */
export type Put = (block: Bytes) => Promise<CID>;

export async function sha256(data: Bytes | ArrayBuffer): Promise<Bytes> {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", data));
}

export function leafCid(digest: Bytes): CID {
  return CID.createV1(RAW, digests.create(SHA2_256, digest));
}

export async function nodeCid(block: Bytes): Promise<CID> {
  return CID.createV1(DAG_PB, digests.create(SHA2_256, await sha256(block)));
}

/** A dag-pb node. */
function node(links: Iterable<readonly [name: string, link: Link]>, data?: Uint8Array): Bytes {
  const Links = Array.from(links, ([Name, { cid, tsize }]) => ({ Name, Hash: cid, Tsize: tsize }));
  return encode(prepare(data === undefined ? { Links } : { Data: data, Links })) as Bytes;
}

/** The root of a part: it links all that is in it, and has no meaning beyond that. */
export function partNode(links: Iterable<Link>): Bytes {
  return node(unnamed(links));
}

function* unnamed(links: Iterable<Link>): Generator<[string, Link]> {
  for (const link of links) yield ["", link];
}

function total(block: Bytes, links: Iterable<Link>): number {
  let bytes = block.length;
  for (const link of links) bytes += link.tsize;
  return bytes;
}

/** A balanced tree over the leaves of a file. It keeps one row of links for each level. */
export class FileTree {
  private readonly levels: FileLink[][] = [[]];

  constructor(
    private readonly put: Put,
    private readonly maxLinks = FILE_LINKS,
  ) {}

  /** Adds the next leaf. */
  async add(digest: Bytes, size: number): Promise<void> {
    await this.append({ cid: leafCid(digest), tsize: size, size }, 0);
  }

  private async append(link: FileLink, level: number): Promise<void> {
    const row = (this.levels[level] ??= []);
    if (row.length === this.maxLinks) {
      await this.close(level);
      return this.append(link, level);
    }
    row.push(link);
  }

  private async close(level: number): Promise<void> {
    const row = this.levels[level] ?? [];
    this.levels[level] = [];
    const file = new UnixFS({ type: "file", blockSizes: row.map((link) => BigInt(link.size)) });
    const block = node(unnamed(row), file.marshal());
    const size = row.reduce((sum, link) => sum + link.size, 0);
    await this.append({ cid: await this.put(block), tsize: total(block, row), size }, level + 1);
  }

  /** The file's root. There is at least one leaf. */
  async finish(): Promise<Link> {
    for (let level = 0; ; level++) {
      const row = this.levels[level] ?? [];
      if (level === this.levels.length - 1 && row.length === 1 && row[0]) return row[0];
      await this.close(level);
    }
  }
}

/** The root of a directory with these entries, sharded if its block is large. */
export async function directory(entries: ReadonlyMap<string, Link>, put: Put): Promise<Link> {
  const block = node(entries, new UnixFS({ type: "directory" }).marshal());
  if (block.length <= SHARDING_THRESHOLD) return { cid: await put(block), tsize: total(block, entries.values()) };
  const names = new TextEncoder();
  const hashed = [...entries].map(async ([name, link]) => ({ name, link, hash: await murmur364.encode(names.encode(name)) }));
  return shard(await Promise.all(hashed), 0, put);
}

interface Hashed {
  readonly name: string;
  readonly link: Link;
  readonly hash: Uint8Array;
}

async function shard(entries: readonly Hashed[], depth: number, put: Put): Promise<Link> {
  const places = new Map<number, Hashed[]>();
  for (const entry of entries) {
    const place = entry.hash[depth];
    if (place === undefined) throw new Error(`${entries.map((one) => one.name).join(" and ")} have the same hash`);
    const there = places.get(place);
    if (there) there.push(entry);
    else places.set(place, [entry]);
  }
  const taken = new Uint8Array(FANOUT / 8);
  const links: [string, Link][] = [];
  for (const [place, within] of [...places].sort(([one], [other]) => one - other)) {
    // The bits are a big-endian integer.
    taken[taken.length - 1 - (place >> 3)]! |= 1 << (place & 7);
    const label = place.toString(16).toUpperCase().padStart(2, "0");
    const [only, ...more] = within;
    if (only && more.length === 0) links.push([label + only.name, only.link]);
    else links.push([label, await shard(within, depth + 1, put)]);
  }
  const first = taken.findIndex((byte) => byte !== 0);
  const data = new UnixFS({ type: "hamt-sharded-directory", data: taken.subarray(first), fanout: BigInt(FANOUT), hashType: 0x22n });
  const block = node(links, data.marshal());
  return {
    cid: await put(block),
    tsize: total(
      block,
      links.map(([, link]) => link),
    ),
  };
}
