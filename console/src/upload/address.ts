/** Pure: what people type into the form for a CID: the CID or a link to it, and where its content is. */

import { base58btc } from "multiformats/bases/base58";
import * as digests from "multiformats/hashes/digest";
import { canonical, cidIn } from "../cid";

const LIBP2P_KEY = 0x72;
/** ipfs-cluster passes them all on to kubo; the specification of pinning services has the same limit. */
export const MAX_ORIGINS = 10;

export type CidProblem = "empty" | "name" | "none";
export type Wanted = { readonly cid: string; readonly path: string } | { readonly problem: CidProblem };

/** The CID that a text names, as the cluster writes it, and what follows it in a link. */
export function wanted(text: string): Wanted {
  const trimmed = text.trim();
  if (!trimmed) return { problem: "empty" };
  if (/(^|\/)ipns[/:]|\.ipns\./.test(trimmed)) return { problem: "name" };
  const [first = "", ...rest] = trimmed.split("/");
  const bare = rest.length > 0 ? cidIn(first) : null; // <cid>/path
  const cid = bare ?? cidIn(trimmed) ?? legacy(trimmed);
  if (!cid) return { problem: "none" };
  if (cid.code === LIBP2P_KEY) return { problem: "name" };
  const path = bare ? rest.join("/") : pathOf(trimmed);
  return { cid: canonical(cid), path: path.replace(/[?#].*$/, "").replace(/\/$/, "") };
}

/** ipfs://ipfs/<cid>, dweb:/ipfs/<cid> */
function legacy(text: string) {
  const found = /ipfs\/([^/?#\s]+)/.exec(text);
  return found?.[1] ? cidIn(found[1]) : null;
}

function pathOf(text: string): string {
  const subdomain = /^https?:\/\/[^./]+\.ipfs\.[^/?#]+\/?(.*)$/.exec(text);
  if (subdomain) return subdomain[1] ?? "";
  const found = /(?:ipfs:\/\/ipfs\/|\/ipfs\/|ipfs:\/\/|^ipfs\/)[^/?#\s]+\/?(.*)$/.exec(text);
  return found?.[1] ?? "";
}

/** Protocols of multiaddrs, and whether a value follows (multiformats, multiaddr/protocols.csv). */
const PROTOCOLS: Readonly<Record<string, boolean>> = {
  ip4: true,
  ip6: true,
  ip6zone: true,
  dns: true,
  dns4: true,
  dns6: true,
  dnsaddr: true,
  tcp: true,
  udp: true,
  sni: true,
  certhash: true,
  p2p: true,
  ipfs: true,
  "http-path": true,
  quic: false,
  "quic-v1": false,
  tls: false,
  noise: false,
  ws: false,
  wss: false,
  http: false,
  https: false,
  webtransport: false,
  webrtc: false,
  "webrtc-direct": false,
  "p2p-circuit": false,
};

export type OriginProblem = "start" | "protocol" | "value" | "peer";

/** What is wrong with a multiaddr of a node that has the content, with the part that is meant. */
export function originProblem(text: string): { readonly problem: OriginProblem; readonly part: string } | null {
  const [start, ...parts] = text.split("/");
  if (start !== "" || parts.length === 0 || /[\s,]/.test(text)) return { problem: "start", part: text };
  let peer = "";
  for (let at = 0; at < parts.length; at++) {
    const protocol = parts[at] ?? "";
    const valued = Object.hasOwn(PROTOCOLS, protocol) ? PROTOCOLS[protocol] : undefined;
    if (valued === undefined) return { problem: "protocol", part: protocol };
    if (!valued) continue;
    const value = parts[++at] ?? "";
    if (!isValue(protocol, value)) return { problem: "value", part: protocol };
    if (protocol === "p2p" || protocol === "ipfs") peer = value;
  }
  return peer ? null : { problem: "peer", part: "" };
}

function isValue(protocol: string, value: string): boolean {
  if (!value) return false;
  if (protocol === "ip4") return /^\d{1,3}(\.\d{1,3}){3}$/.test(value) && value.split(".").every((part) => Number(part) < 256);
  if (protocol === "ip6") return /^[0-9a-f:.]+$/i.test(value) && value.includes(":");
  if (protocol === "tcp" || protocol === "udp") return /^\d{1,5}$/.test(value) && Number(value) < 65_536;
  if (protocol === "p2p" || protocol === "ipfs") return isPeerId(value);
  return true;
}

/** A peer ID: a hash in base58 (`12D3Koo…`, `Qm…`), or the CID of a key. */
export function isPeerId(text: string): boolean {
  if (cidIn(text)?.code === LIBP2P_KEY) return true;
  try {
    return /^(Qm|1)/.test(text) && digests.decode(base58btc.decode(`z${text}`)).digest.length >= 32;
  } catch {
    return false;
  }
}
