/** CIDs in any version and base, as people paste them. */

import { base10 } from "multiformats/bases/base10";
import { base16, base16upper } from "multiformats/bases/base16";
import { base2 } from "multiformats/bases/base2";
import { base256emoji } from "multiformats/bases/base256emoji";
import * as base32s from "multiformats/bases/base32";
import { base36, base36upper } from "multiformats/bases/base36";
import { base58btc, base58flickr } from "multiformats/bases/base58";
import * as base64s from "multiformats/bases/base64";
import { base8 } from "multiformats/bases/base8";
import type { MultibaseDecoder } from "multiformats/bases/interface";
import { CID } from "multiformats/cid";

const RAW = 0x55;
const DAG_PB = 0x70;
const SHA2_256 = 0x12;
/** What pins are of: also CBOR, DAG-CBOR, libp2p keys, git, DAG-JSON, JSON. */
const CODECS = [RAW, DAG_PB, 0x51, 0x71, 0x72, 0x78, 0x0129, 0x0200];

const BASES = new Map<string, MultibaseDecoder<string>>(
  [
    base2,
    base8,
    base10,
    base16,
    base16upper,
    ...Object.values(base32s),
    base36,
    base36upper,
    base58btc,
    base58flickr,
    ...Object.values(base64s),
    base256emoji,
  ].map((base) => [base.prefix, base]),
);

/** The CID in a text: itself, a path or a link to it (`/ipfs/…`, `ipfs://…`, a gateway's address). Null if there is none. */
export function cidIn(text: string): CID | null {
  const trimmed = text.trim();
  const direct = parsed(trimmed);
  if (direct) return direct;
  const inPath = /(?:^|\/)ipfs\/([^/?#\s]+)/.exec(trimmed) ?? /^ipfs:\/\/([^/?#\s]+)/.exec(trimmed) ?? /^https?:\/\/([^./]+)\.ipfs\./.exec(trimmed);
  return inPath?.[1] ? parsed(inPath[1]) : null;
}

function parsed(text: string): CID | null {
  if (text.length < 4 || text.length > 1_000) return null;
  try {
    if (/^(Qm|1)/.test(text)) return CID.parse(text); // version 0 has no prefix of a base
    const first = String.fromCodePoint(text.codePointAt(0) ?? 0);
    const base = BASES.get(first);
    return base ? CID.parse(text, base) : null;
  } catch {
    return null;
  }
}

/** How ipfs-cluster writes a CID: version 0 in base58, version 1 in base32. */
export function canonical(cid: CID): string {
  return cid.toString();
}

/** Every way in which ipfs-cluster may write a pin of the same content: the hash is the same, version and codec may differ. */
export function spellings(cid: CID): Set<string> {
  const found = new Set([canonical(cid)]);
  for (const codec of new Set([cid.code, ...CODECS])) found.add(CID.createV1(codec, cid.multihash).toString());
  if (cid.multihash.code === SHA2_256 && cid.multihash.size === 32) found.add(CID.createV0(cid.multihash as never).toString());
  return found;
}

/** The same CID in the other version, if there is one. */
export function otherVersion(text: string): string | null {
  const cid = cidIn(text);
  if (!cid) return null;
  if (cid.version === 0) return cid.toV1().toString();
  const convertible = cid.code === DAG_PB && cid.multihash.code === SHA2_256 && cid.multihash.size === 32;
  return convertible ? cid.toV0().toString() : null;
}

export function isRaw(text: string): boolean {
  return cidIn(text)?.code === RAW;
}

export function isDagPb(text: string): boolean {
  return cidIn(text)?.code === DAG_PB;
}

/** A CID that holds these bytes itself, so that any gateway can answer it without having stored them. */
export function inlineCid(bytes: Uint8Array): string {
  const identity = Uint8Array.of(0x01, RAW, 0x00, bytes.length, ...bytes);
  return base32s.base32.encode(identity);
}
