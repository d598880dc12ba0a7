/** Reads one block of a file or folder: DAG-PB (ipld.io/specs/codecs/dag-pb) with UnixFS (specs.ipfs.tech/unixfs) in it. */

export interface Entry {
  readonly name: string;
  /** The size of all that is below it, with what its blocks need themselves. */
  readonly size: number;
}

export interface Block {
  readonly kind: "file" | "folder" | "sharded" | "unknown";
  readonly entries: readonly Entry[];
  /** Of a file: the length of its content. */
  readonly fileSize: number | null;
  readonly length: number;
}

const KINDS = ["file", "folder", "file", "unknown", "unknown", "sharded"] as const;

interface Field {
  readonly number: number;
  readonly value: number;
  readonly bytes: Uint8Array;
}

/** The fields of a protocol buffer. */
function* fields(bytes: Uint8Array): Iterable<Field> {
  let at = 0;
  const varint = (): number => {
    let value = 0;
    for (let shift = 0; shift < 63; shift += 7) {
      const byte = bytes[at];
      if (byte === undefined) throw new Error("the block ends within a number");
      at += 1;
      value += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) return value;
    }
    throw new Error("a number is too long");
  };
  while (at < bytes.length) {
    const key = varint();
    const wire = key & 7;
    const value = varint();
    if (wire === 0) yield { number: Math.floor(key / 8), value, bytes: bytes.subarray(0, 0) };
    else if (wire === 2) {
      if (at + value > bytes.length) throw new Error("the block ends within a field");
      yield { number: Math.floor(key / 8), value, bytes: bytes.subarray(at, at + value) };
      at += value;
    } else throw new Error(`unknown wire type ${wire}`);
  }
}

export function parseBlock(bytes: Uint8Array): Block {
  const entries: Entry[] = [];
  let kind: Block["kind"] = "unknown";
  let fileSize: number | null = null;
  for (const field of fields(bytes)) {
    if (field.number === 2) entries.push(entry(field.bytes));
    if (field.number !== 1) continue;
    for (const part of fields(field.bytes)) {
      if (part.number === 1) kind = KINDS[part.value] ?? "unknown";
      if (part.number === 3) fileSize = part.value;
    }
  }
  return { kind, entries, fileSize: kind === "file" ? fileSize : null, length: bytes.length };
}

function entry(bytes: Uint8Array): Entry {
  let name = "";
  let size = 0;
  for (const field of fields(bytes)) {
    if (field.number === 2) name = new TextDecoder().decode(field.bytes);
    if (field.number === 3) size = field.value;
  }
  return { name, size };
}

/** What all blocks below this one need, as the block itself says. */
export function dagSize(block: Block): number {
  return block.entries.reduce((sum, { size }) => sum + size, block.length);
}
