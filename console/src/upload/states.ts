/** Pure: what the nodes say of a CID. */

import type { ClusterNode } from "../config";
import type { PinStatus, Status } from "../types";

export interface NodeState {
  readonly id: string;
  readonly name: string;
  /** `unknown`: the others do not see it. */
  readonly status: Status | "unknown";
  readonly error: string;
}

/** What each node that should have it says, in the order of their names. */
export function statesOf(status: PinStatus, nodes: readonly ClusterNode[]): NodeState[] {
  const said = status.peer_map ?? {};
  const names = new Map(nodes.map((node) => [node.clusterPeerId, node.name]));
  const known = names.size > 0 ? [...names.keys()] : Object.keys(said);
  const should = status.allocations?.length ? status.allocations : known;
  return should
    .map((id) => {
      const state = said[id];
      return { id, name: names.get(id) ?? (state?.peername || id), status: state?.status ?? ("unknown" as const), error: state?.error ?? "" };
    })
    .sort((one, other) => one.name.localeCompare(other.name, "en", { numeric: true }));
}

export function pinnedCount(states: readonly NodeState[]): number {
  return states.filter(({ status }) => status === "pinned").length;
}

/** Whether at least one node has it. */
export function isHeld(states: readonly NodeState[]): boolean {
  return pinnedCount(states) > 0;
}

export function isEverywhere(states: readonly NodeState[]): boolean {
  return states.length > 0 && pinnedCount(states) === states.length;
}

/** Whether a node is at it. */
export function isComing(states: readonly NodeState[]): boolean {
  return states.some(({ status }) => status === "pinning" || status === "pin_queued");
}
