// A pin as the REST API lists it.
import type { Pin } from "../src/types";

export function pin(cid: string, changes: Partial<Pin> = {}): Pin {
  return {
    cid,
    name: "",
    type: "pin",
    allocations: [],
    replication_factor_min: -1,
    replication_factor_max: -1,
    expire_at: "0001-01-01T00:00:00Z",
    metadata: null,
    origins: null,
    timestamp: "2026-11-20T00:00:00Z",
    ...changes,
  };
}
