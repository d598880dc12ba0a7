/** The state of the cluster, asked for in few and cheap requests. What each costs the nodes is said next to it. */

import { ApiError, call, inWords, isAbort, list, stream } from "./api";
import { inlineCid } from "./cid";
import type { Config } from "./config";
import { type Presence, answered, heard } from "./liveness";
import { Poller } from "./poll";
import { Store } from "./store";
import type { Alert, Metric, NodeStatus, Peer, PinStatus } from "./types";

/** Something that was asked for: the newest answer, when it came, and why there is no newer one. */
export interface Known<T> {
  readonly value: T | null;
  readonly at: number;
  readonly error: string;
}

const UNKNOWN = { value: null, at: 0, error: "" };

export interface GatewayHealth {
  readonly ok: boolean;
  readonly ms: number;
  /** 0 if the browser may not see it. */
  readonly status: number;
}

/** What is not as it should be, by CID and node. */
export type Deviations = ReadonlyMap<string, Readonly<Record<string, NodeStatus>>>;

export interface Cluster {
  /** By peer ID of ipfs-cluster. */
  readonly presence: Known<ReadonlyMap<string, Presence>>;
  readonly peers: Known<readonly Peer[]>;
  /** Free bytes, by peer ID. */
  readonly free: Known<ReadonlyMap<string, number>>;
  readonly alerts: Known<readonly Alert[]>;
  readonly gateway: Known<GatewayHealth>;
  /** Pins that are being changed, or failed. */
  readonly active: Known<Deviations>;
  /** Pins that a node should hold and does not. */
  readonly missing: Known<Deviations>;
}

const NOTHING: Cluster = {
  presence: UNKNOWN,
  peers: UNKNOWN,
  free: UNKNOWN,
  alerts: UNKNOWN,
  gateway: UNKNOWN,
  active: UNKNOWN,
  missing: UNKNOWN,
};

export const cluster = new Store<Cluster>(NOTHING);

export function forgetCluster(): void {
  activeSaid = new Said();
  missingSaid = new Said();
  cluster.set(NOTHING);
}

/** Asks, and keeps the answer or the reason why there is none. */
async function keep<K extends keyof Cluster>(key: K, ask: () => Promise<NonNullable<Cluster[K]["value"]>>): Promise<void> {
  try {
    const value = await ask();
    cluster.update((known) => ({ ...known, [key]: { value, at: Date.now(), error: "" } }));
  } catch (error) {
    const session = error instanceof ApiError && error.trouble === "unauthorized";
    if (!isAbort(error) && !session) cluster.update((known) => ({ ...known, [key]: { ...known[key], error: inWords(error) } }));
    throw error;
  }
}

/** The deployment that is asked, if its nodes only follow others: they hear of those, and not of each other. */
let followers: Config | null = null;

export function watch(config: Config): void {
  followers = config.readOnly ? config : null;
}

/** What a node remembers, of the last ten seconds: no other node is asked. */
const presence = new Poller(3_000, (signal) =>
  keep("presence", async () => {
    if (followers) return ownWord(followers, signal);
    const pings = await call<Metric[] | null>("/monitor/metrics/ping", { signal, timeoutMs: 4_000 });
    return heard(cluster.value.presence.value ?? new Map(), pings ?? [], [], Date.now());
  }),
);

/** A node tells of itself and its kubo. The next request goes to the next node. */
async function ownWord(config: Config, signal: AbortSignal): Promise<ReadonlyMap<string, Presence>> {
  const peer = await call<Peer>("/id", { signal, timeoutMs: 4_000 });
  const known = cluster.value;
  const others = (known.peers.value ?? []).filter(({ id }) => id !== peer.id);
  cluster.set({ ...known, peers: { value: [...others, peer], at: Date.now(), error: "" } });
  const ids = config.nodes.map((node) => node.clusterPeerId);
  return answered(known.presence.value ?? new Map(), peer.id, ids, Date.now());
}

/** Asks every node for its ID, and each its kubo. A node that hangs delays the answer by up to 15 seconds. */
const peers = new Poller(30_000, (signal) => keep("peers", () => list<Peer>("/peers", { signal, timeoutMs: 20_000 })));

/** What a node remembers of all nodes, renewed by them every 30 seconds. */
const free = new Poller(30_000, (signal) =>
  keep("free", async () => {
    const metrics = (await call<Metric[] | null>("/monitor/metrics/freespace", { signal })) ?? [];
    return new Map(metrics.map((metric) => [metric.peer, Number(metric.value)]));
  }),
);

/** What one node remembers since it started. */
const alerts = new Poller(30_000, (signal) => keep("alerts", async () => (await call<Alert[] | null>("/health/alerts", { signal })) ?? []));

// Statuses by which a node knows what it is doing or failed to do. It has these in memory: neither kubo nor the pinset is read.
const ACTIVE = "cluster_error,pin_error,unpin_error,pinning,unpinning,pin_queued,unpin_queued";

async function deviations(filter: string, signal: AbortSignal): Promise<[Deviations, number]> {
  const found = new Map<string, Readonly<Record<string, NodeStatus>>>();
  const bytes = await stream<PinStatus>("/pins", { query: { filter }, signal, timeoutMs: 60_000 }, (pins) => {
    for (const pin of pins) found.set(pin.cid, pin.peer_map ?? {});
  });
  return [found, bytes];
}

/** What nodes said, where an answer is that of one node. An empty one does not say whose it is: what is not repeated is forgotten. */
export class Said {
  private readonly by = new Map<string, { readonly at: number; readonly found: Deviations }>();

  /** Takes in an answer. Gives what is known of all nodes since `since`. */
  take(found: Deviations, now: number, since: number): Deviations {
    for (const node of new Set([...found.values()].flatMap((nodes) => Object.keys(nodes)))) this.by.set(node, { at: now, found });
    const all = new Map<string, Record<string, NodeStatus>>();
    for (const [node, { at, found: own }] of this.by) {
      if (at < since) this.by.delete(node);
      else for (const [cid, { [node]: status }] of own) if (status) all.set(cid, { ...all.get(cid), [node]: status });
    }
    return all;
  }
}

/** With four answers for each node, one in fifty has none of a node that answers. */
const TURNS = 4;

/** What is known of all nodes, of which each is asked about once in `everyMs` times their number. */
function ofAll(said: Said, found: Deviations, everyMs: number): Deviations {
  return followers ? said.take(found, Date.now(), Date.now() - TURNS * followers.nodes.length * everyMs) : found;
}

const ACTIVE_MS = 10_000;
let activeSaid = new Said();
let missingSaid = new Said();

const active = new Poller(ACTIVE_MS, async (signal) => {
  let bytes = 0;
  await keep("active", async () => {
    const [found, size] = await deviations(ACTIVE, signal);
    bytes = size;
    return ofAll(activeSaid, found, ACTIVE_MS);
  });
  return { bytes };
});

/** How often every node compares its pins with kubo's, on behalf of this page: as often as the nodes do it themselves (the keeper). */
export function comparisonMs(pins: number): number {
  return Math.max(180, pins / 20) * 1_000;
}

let pinCount = 0;

/** How many pins there are decides how often they are compared. */
export function pinsCounted(count: number): void {
  pinCount = count;
}

/** Every node lists its kubo's pins and compares them with the pinset: some seconds of work with 100,000 pins. */
const missing = new Poller(180_000, async (signal) => {
  await keep("missing", async () => ofAll(missingSaid, (await deviations("unexpectedly_unpinned", signal))[0], comparisonMs(pinCount)));
  return { waitMs: comparisonMs(pinCount) };
});

export const pollers = { presence, peers, free, alerts, active, missing };

/** Asks the gateway for eight bytes that nobody has asked for, so that a node answers and no cache. The CID itself holds them. */
export function gatewayPoller(config: Config): Poller {
  return new Poller(30_000, (signal) => keep("gateway", () => probe(config, signal)));
}

async function probe(config: Config, signal: AbortSignal): Promise<GatewayHealth> {
  const url = `${config.gateway}/ipfs/${inlineCid(crypto.getRandomValues(new Uint8Array(8)))}?format=raw`;
  const began = performance.now();
  // With authentication the gateway refuses without the headers that let a page read the refusal: that there is an answer must do.
  const mode = config.gatewayAuthentication ? "no-cors" : "cors";
  const stop = AbortSignal.any([signal, AbortSignal.timeout(10_000)]);
  try {
    const answer = await fetch(url, { mode, credentials: "omit", cache: "no-store", referrerPolicy: "no-referrer", signal: stop });
    return { ok: mode === "no-cors" || answer.ok, ms: performance.now() - began, status: answer.status };
  } catch {
    if (signal.aborted) throw new ApiError("aborted", 0, "");
    return { ok: false, ms: performance.now() - began, status: 0 };
  }
}
