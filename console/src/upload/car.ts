/** Pure: the bytes of CAR files of version 1. */

import { varint, type CID } from "multiformats";
import type { Bytes } from "./blocks";

/** The header of a CAR file with one root: a map of CBOR with `roots` and `version`. */
export function header(root: CID): Bytes {
  const cid = root.bytes;
  const roots = new TextEncoder().encode("eroots"); // 0x65: a text of five bytes
  const version = new TextEncoder().encode("gversion");
  // A map of two; a list of one; tag 42 (a CID); bytes, of which the first is 0.
  const message = [0xa2, ...roots, 0x81, 0xd8, 0x2a, 0x58, cid.length + 1, 0, ...cid, ...version, 1];
  return new Uint8Array([...number(message.length), ...message]);
}

/** What precedes a block of some length. */
export function section(cid: CID, length: number): Bytes {
  const { bytes } = cid;
  const before = varint.encodingLength(bytes.length + length);
  const made = new Uint8Array(before + bytes.length);
  varint.encodeTo(bytes.length + length, made);
  made.set(bytes, before);
  return made;
}

/** Bytes of a block of some length, with what precedes it. */
export function sectionSize(cid: CID, length: number): number {
  const bytes = cid.bytes.length + length;
  return varint.encodingLength(bytes) + bytes;
}

function number(value: number): Uint8Array {
  return varint.encodeTo(value, new Uint8Array(varint.encodingLength(value)));
}
