/** What is wrong, in words, and where the handbook says what to do. */

import type { Cluster } from "./cluster";
import type { Config } from "./config";
import { plural, percent, size } from "./format";
import { type Liveness, stateOf } from "./liveness";
import { type Section, sections } from "./sections";
import { texts } from "./texts";

export interface Problem {
  readonly severity: "bad" | "warn";
  readonly text: string;
  readonly section: Section;
  /** A state of pins, to list those that are meant. */
  readonly pins?: "failed" | "missing";
}

const GIB = 2 ** 30;
const FULL_WARN = 0.85;
const FULL_BAD = 0.95;
/** One request may meet a node that has just died: the next one reaches another. */
const SILENT_MS = 8_000;
const OLD_MS = 15_000;

export interface NodeView {
  readonly name: string;
  readonly zone: string;
  readonly clusterPeerId: string;
  readonly kuboPeerId: string;
  readonly state: Liveness | "unknown";
  /** When it was last seen, by this browser's clock; 0 if that is not known. */
  readonly seen: number;
  readonly version: string;
  /** Names of the nodes that it sees, itself among them; null if it did not say, or sees none of them by design. */
  readonly sees: readonly string[] | null;
  readonly kuboError: string;
  readonly used: number | null;
  readonly max: number;
}

/** Whether the API does not answer. */
export function isSilent(cluster: Cluster, now: number): boolean {
  return cluster.presence.error !== "" && now - cluster.presence.at > SILENT_MS;
}

/** Whether nothing has been heard for so long that nobody knows how the nodes are. */
export function isOld(cluster: Cluster, now: number): boolean {
  return cluster.presence.error !== "" && now - cluster.presence.at > OLD_MS;
}

/** What is known of each node of the deployment. */
export function nodeViews(config: Config, cluster: Cluster, now: number): NodeView[] {
  const names = new Map(config.nodes.map((node) => [node.clusterPeerId, node.name]));
  return config.nodes.map((node) => {
    const presence = cluster.presence.value?.get(node.clusterPeerId);
    const state = cluster.presence.value === null || isOld(cluster, now) ? "unknown" : stateOf(presence, now);
    const peer = cluster.peers.value?.find((one) => one.id === node.clusterPeerId);
    const says = peer && !peer.error ? peer : undefined;
    const free = cluster.free.value?.get(node.clusterPeerId);
    const max = config.storageMaxGib * GIB;
    // kubo sends no figure once there is nothing left
    const full = cluster.free.value !== null && free === undefined && state === "up";
    return {
      ...node,
      state,
      seen: presence?.seen || lastAlert(cluster, node.clusterPeerId),
      version: says?.version ?? "",
      sees: says && !config.readOnly ? (says.cluster_peers ?? []).map((id) => names.get(id) ?? id) : null,
      kuboError: says?.ipfs.error ?? "",
      used: free !== undefined ? Math.max(0, max - free) : full ? max : null,
      max,
    };
  });
}

/** When the answering node last heard of one that has been missing since before this page was opened. */
function lastAlert(cluster: Cluster, id: string): number {
  const found = cluster.alerts.value?.filter((alert) => alert.peer === id && alert.name === "ping") ?? [];
  return Math.max(0, ...found.map((alert) => alert.received_at / 1e6));
}

const words = texts.overview.problems;

/** Everything that is wrong, the worst first. */
export function problems(config: Config, cluster: Cluster, now: number): Problem[] {
  const nodes = nodeViews(config, cluster, now);
  const found = [...reach(cluster, now), ...dead(nodes), ...disputes(nodes), ...daemons(nodes), ...storage(nodes), ...gateway(cluster), ...pins(cluster)];
  return found.sort((a, b) => Number(a.severity === "warn") - Number(b.severity === "warn"));
}

function* reach(cluster: Cluster, now: number): Iterable<Problem> {
  if (isSilent(cluster, now)) yield { severity: "bad", text: `${words.noAnswer} ${cluster.presence.error}`, section: sections.allDown };
}

function* dead(nodes: readonly NodeView[]): Iterable<Problem> {
  const others = nodes.some(({ state }) => state === "up");
  for (const node of nodes.filter(({ state }) => state === "down")) {
    yield { severity: "bad", text: words.down(node.name, node.zone, others), section: sections.nodesDown };
  }
}

function* disputes(nodes: readonly NodeView[]): Iterable<Problem> {
  const up = nodes.filter(({ state }) => state === "up").map(({ name }) => name);
  for (const node of nodes) {
    if (node.state === "disputed") yield { severity: "warn", text: words.disputed(node.name), section: sections.peers };
    const unseen = node.state === "up" && node.sees ? up.filter((name) => !node.sees?.includes(name)) : [];
    if (unseen.length > 0) yield { severity: "warn", text: words.unseen(node.name, unseen), section: sections.peers };
  }
}

function* daemons(nodes: readonly NodeView[]): Iterable<Problem> {
  for (const node of nodes) {
    if (node.kuboError && node.state !== "down") yield { severity: "bad", text: words.kubo(node.name, node.kuboError), section: sections.hang };
  }
  const versions = [...new Set(nodes.map(({ version }) => version).filter(Boolean))].sort();
  if (versions.length > 1) yield { severity: "warn", text: words.versions(versions), section: sections.upgrade };
}

function* storage(nodes: readonly NodeView[]): Iterable<Problem> {
  for (const { name, used, max } of nodes) {
    if (used === null || max <= 0 || used / max < FULL_WARN) continue;
    const severity = used / max < FULL_BAD ? "warn" : "bad";
    yield { severity, text: words.storage(name, percent(used, max), size(max)), section: sections.storage };
  }
}

function* gateway(cluster: Cluster): Iterable<Problem> {
  const health = cluster.gateway.value;
  if (health && !health.ok) yield { severity: "bad", text: words.gateway(health.status), section: sections.errors };
}

function* pins(cluster: Cluster): Iterable<Problem> {
  let failed = 0;
  for (const nodes of cluster.active.value?.values() ?? []) {
    if (Object.values(nodes).some(({ status }) => status === "pin_error" || status === "unpin_error")) failed += 1;
  }
  if (failed > 0) yield { severity: "warn", text: words.failed(plural(failed, "pin"), failed), section: sections.pinErrors, pins: "failed" };
  const missing = cluster.missing.value?.size ?? 0;
  if (missing > 0) yield { severity: "warn", text: words.missing(plural(missing, "pin"), missing), section: sections.mends, pins: "missing" };
}
