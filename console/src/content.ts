/** What a pin is, as far as its gateway tells: kind, size, and something to show. Nothing of it is ever run. */

import { isDagPb, isRaw } from "./cid";
import type { Config } from "./config";
import { type Entry, dagSize, parseBlock } from "./unixfs";

/** As much text as is fetched and shown. */
const TEXT_BYTES = 64 * 1024;
/** Bigger images are not loaded by themselves. */
const IMAGE_BYTES = 10 * 2 ** 20;
const PATIENCE_MS = 20_000;

export type Content =
  | { readonly kind: "image"; readonly url: string; readonly type: string; readonly size: number | null }
  | { readonly kind: "text"; readonly text: string; readonly cut: boolean; readonly type: string; readonly size: number | null }
  | { readonly kind: "folder"; readonly entries: readonly Entry[]; readonly sharded: boolean; readonly size: number | null }
  | { readonly kind: "other"; readonly type: string; readonly size: number | null };

export class NoContent extends Error {
  constructor(
    /** 0 if the browser got no answer that it may show. */
    readonly status: number,
  ) {
    super(`the gateway answered ${status}`);
  }
}

export function gatewayUrl(config: Config, cid: string, path = ""): string {
  return `${config.gateway}/ipfs/${cid}${path}`;
}

async function ask(url: string, init: RequestInit, signal: AbortSignal): Promise<Response> {
  const stop = AbortSignal.any([signal, AbortSignal.timeout(PATIENCE_MS)]);
  let answer: Response;
  try {
    answer = await fetch(url, { ...init, credentials: "omit", referrerPolicy: "no-referrer", signal: stop });
  } catch {
    throw new NoContent(0);
  }
  if (!answer.ok) throw new NoContent(answer.status);
  return answer;
}

/** Looks at a pin through the gateway. It fetches one block and the beginning of a text at most. */
export async function look(config: Config, cid: string, signal: AbortSignal): Promise<Content> {
  const url = gatewayUrl(config, cid);
  let total: number | null = null;
  if (isDagPb(cid)) {
    const block = parseBlock(new Uint8Array(await (await ask(`${url}?format=raw`, {}, signal)).arrayBuffer()));
    total = dagSize(block);
    if (block.kind === "folder" || block.kind === "sharded") {
      return { kind: "folder", entries: block.entries, sharded: block.kind === "sharded", size: total };
    }
    total = block.fileSize ?? total;
  } else if (!isRaw(cid)) {
    return { kind: "other", type: "", size: null };
  }
  const head = await ask(url, { method: "HEAD" }, signal);
  const type = (head.headers.get("Content-Type") ?? "").toLowerCase();
  const size = total ?? (Number(head.headers.get("Content-Length")) || null);
  if (type.startsWith("image/") && (size ?? 0) <= IMAGE_BYTES) return { kind: "image", url, type, size };
  if (isText(type)) {
    const bytes = await beginning(await ask(url, { headers: { Range: `bytes=0-${TEXT_BYTES - 1}` } }, signal));
    const text = new TextDecoder().decode(bytes);
    return { kind: "text", text, cut: (size ?? bytes.length) > bytes.length, type, size };
  }
  return { kind: "other", type, size };
}

/** HTML is among them: its source is shown. */
function isText(type: string): boolean {
  return type.startsWith("text/") || /^application\/([\w.+-]+\+)?(json|xml|javascript|yaml|toml)\b/.test(type);
}

/** Of an answer that is longer than was asked for, the rest is not read. */
async function beginning(answer: Response): Promise<Uint8Array> {
  const reader = answer.body?.getReader();
  const parts: Uint8Array[] = [];
  let length = 0;
  while (reader && length < TEXT_BYTES) {
    const { done, value } = await reader.read();
    if (done) break;
    parts.push(value);
    length += value.length;
  }
  void reader?.cancel().catch(() => undefined);
  const all = new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all.subarray(0, TEXT_BYTES);
}
