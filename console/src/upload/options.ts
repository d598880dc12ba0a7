/** Pure: what a pin has besides its CID: as it is typed, what can be wrong with that, and as the API takes it. */

import { texts } from "../texts";

const words = texts.upload.options;

export interface Typed {
  readonly name: string;
  readonly metadata: readonly { readonly id: number; readonly key: string; readonly value: string }[];
  /** Hours as a number, `never`, or `at` for the date. */
  readonly expiry: string;
  /** As `<input type="datetime-local">` has it. */
  readonly expiryDate: string;
  /** `default`, `all` or `some`. */
  readonly copies: string;
  readonly min: string;
  readonly max: string;
}

export const NOTHING_TYPED: Typed = { name: "", metadata: [], expiry: "never", expiryDate: "", copies: "default", min: "", max: "" };

/** Hours of the expiries that are offered. */
export const EXPIRIES = [24, 7 * 24, 30 * 24, 90 * 24, 365 * 24];

/** What is asked of the cluster. What is not given is the cluster's default, or stays as it is. */
export interface PinOptions {
  readonly name?: string;
  readonly metadata?: Readonly<Record<string, string>>;
  /** Hours from the moment at which it is pinned, by the cluster's clock. */
  readonly expireInHours?: number;
  /** Milliseconds since 1970. */
  readonly expireAt?: number;
  readonly replication?: readonly [min: number, max: number];
  readonly origins?: readonly string[];
  /** Peer IDs that are preferred where not every node has a copy. */
  readonly allocations?: readonly string[];
}

/** By the field's name: `name`, `metadata-<id>`, `expiryDate`, `min`, `max`. */
export type Problems = Readonly<Record<string, string>>;

/** Bytes of an address that CloudFront accepts are 8,192; the API's path and what this page adds need some. */
const MAX_QUERY = 7_000;

/** What is wrong with what was typed, each said in words. */
export function problemsOf(typed: Typed, nodes: number, now: number, origins: readonly string[] = []): Problems {
  const found: Record<string, string> = {};
  const keys = new Set<string>();
  for (const { id, key, value } of typed.metadata) {
    if (!key && !value) continue; // an empty row is no row
    if (!key) found[`metadata-${id}`] = words.keyMissing;
    else if (keys.has(key)) found[`metadata-${id}`] = words.keyTwice(key);
    keys.add(key);
  }
  if (typed.expiry === "at") {
    const at = Date.parse(typed.expiryDate);
    if (Number.isNaN(at)) found.expiryDate = words.dateMissing;
    else if (at <= now) found.expiryDate = words.datePast;
  }
  if (typed.copies === "some") Object.assign(found, copiesProblems(typed, nodes));
  if (Object.keys(found).length === 0 && new URLSearchParams(query({ ...optionsOf(typed), origins })).toString().length > MAX_QUERY)
    found.name = words.tooLong;
  return found;
}

function copiesProblems({ min, max }: Typed, nodes: number): Record<string, string> {
  const found: Record<string, string> = {};
  const isCount = (text: string) => /^\d+$/.test(text.trim()) && Number(text) >= 1 && Number(text) <= nodes;
  if (!isCount(min)) found.min = words.notANumberOfNodes(nodes);
  if (!isCount(max)) found.max = words.notANumberOfNodes(nodes);
  else if (isCount(min) && Number(max) < Number(min)) found.max = words.maxBelowMin;
  return found;
}

/** The options of what was typed; there are no problems with it. */
export function optionsOf(typed: Typed): PinOptions {
  const metadata = Object.fromEntries(typed.metadata.filter(({ key }) => key).map(({ key, value }) => [key, value]));
  const name = typed.name.trim();
  return {
    ...(name ? { name } : {}),
    ...(Object.keys(metadata).length > 0 ? { metadata } : {}),
    ...(typed.expiry === "at" ? { expireAt: Date.parse(typed.expiryDate) } : {}),
    ...(/^\d+$/.test(typed.expiry) ? { expireInHours: Number(typed.expiry) } : {}),
    ...(typed.copies === "all" ? { replication: [-1, -1] as const } : {}),
    ...(typed.copies === "some" ? { replication: [Number(typed.min), Number(typed.max)] as const } : {}),
  };
}

/** The parameters of a request that pins (api/types.go of ipfs-cluster, PinOptions.FromQuery). */
export function query(options: PinOptions): Record<string, string> {
  const found: Record<string, string> = {};
  for (const [key, value] of Object.entries(options.metadata ?? {})) found[`meta-${key}`] = value;
  if (options.name !== undefined) found.name = options.name;
  if (options.expireAt !== undefined) found["expire-at"] = `${new Date(options.expireAt).toISOString().slice(0, 19)}Z`;
  else if (options.expireInHours !== undefined) found["expire-in"] = `${options.expireInHours}h`;
  if (options.replication) {
    found["replication-min"] = String(options.replication[0]);
    found["replication-max"] = String(options.replication[1]);
  }
  if (options.origins?.length) found.origins = options.origins.join(",");
  if (options.allocations?.length) found["user-allocations"] = options.allocations.join(",");
  return found;
}
