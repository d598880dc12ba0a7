/** What the API of ipfs-cluster answers, as far as the console reads it (api/types.go of ipfs-cluster). */

export type Status =
  | "cluster_error"
  | "pin_error"
  | "unpin_error"
  | "pinned"
  | "pinning"
  | "unpinning"
  | "unpinned"
  | "remote"
  | "pin_queued"
  | "unpin_queued"
  | "sharded"
  | "unexpectedly_unpinned"
  | "undefined";

/** GET /peers, one for each node. */
export interface Peer {
  readonly id: string;
  readonly peername: string;
  readonly version: string;
  readonly error: string;
  readonly cluster_peers: readonly string[] | null;
  readonly ipfs: { readonly id: string; readonly error: string };
}

/** GET /allocations: what the cluster should hold. */
export interface Pin {
  readonly cid: string;
  readonly name: string;
  readonly type: "pin" | "meta-pin" | "clusterdag-pin" | "shard-pin";
  /** Peer IDs; empty or null if all nodes hold it. */
  readonly allocations: readonly string[] | null;
  readonly replication_factor_min: number;
  readonly replication_factor_max: number;
  readonly expire_at: string;
  readonly metadata: Readonly<Record<string, string>> | null;
  readonly origins: readonly string[] | null;
  readonly timestamp: string;
}

/** GET /pins: what the nodes hold. */
export interface PinStatus {
  readonly cid: string;
  readonly name: string;
  readonly allocations: readonly string[] | null;
  readonly origins: readonly string[] | null;
  readonly created: string;
  readonly metadata: Readonly<Record<string, string>> | null;
  readonly peer_map: Readonly<Record<string, NodeStatus>> | null;
}

export interface NodeStatus {
  readonly peername: string;
  readonly status: Status;
  readonly timestamp: string;
  readonly error: string;
  readonly attempt_count: number;
}

/** GET /monitor/metrics/<name>: only those that have not expired. Times are nanoseconds since 1970. */
export interface Metric {
  readonly name: string;
  readonly peer: string;
  readonly value: string;
  readonly expire: number;
  readonly valid: boolean;
  readonly received_at: number;
}

/** GET /health/alerts */
export interface Alert extends Metric {
  readonly triggered_at: string;
}
