/** Which nodes are up: what the nodes say of each other, request by request. */

import type { Metric } from "./types";

/** The load balancer gives each request to another node. While their answers differ, the nodes do not see each other. */
const DISAGREEMENT_MS = 20_000;

export interface Presence {
  /** In the newest answer. */
  readonly present: boolean;
  /** When it was last in an answer, or was last heard of by one; 0 if that is not known. By this browser's clock. */
  readonly seen: number;
  /** When it was last back after it had been missing. */
  readonly back: number;
  /** Where nodes tell of themselves alone: answers of others since its last one, for each node. */
  readonly passed?: number;
}

export type Liveness = "up" | "down" | "disputed";

/**
 * Takes in an answer to GET /monitor/metrics/ping. It lists the nodes of which the answering one has heard within ten seconds (two
 * pings), so a node that is not in it is down, or that one does not see it.
 */
export function heard(before: ReadonlyMap<string, Presence>, pings: readonly Metric[], ids: readonly string[], now: number): Map<string, Presence> {
  const present = new Set(pings.map((ping) => ping.peer));
  const after = new Map<string, Presence>();
  for (const id of new Set([...ids, ...before.keys(), ...present])) {
    const known = before.get(id);
    const here = present.has(id);
    const back = here && known && !known.present ? now : (known?.back ?? 0);
    after.set(id, { present: here, seen: here ? now : (known?.seen ?? 0), back });
  }
  return after;
}

/** The load balancer passes over a node of three that works so often with a chance of one in 17,000. */
const PASSED_OVER = 8;

/** Takes in that `id` has answered, where no node hears of another one: the load balancer asks them in turn. */
export function answered(before: ReadonlyMap<string, Presence>, id: string, ids: readonly string[], now: number): Map<string, Presence> {
  const after = new Map<string, Presence>();
  for (const one of ids) {
    const { seen, passed = 0 } = before.get(one) ?? { seen: 0 };
    const more = passed + 1 / ids.length;
    after.set(one, one === id ? { present: true, seen: now, back: 0, passed: 0 } : { present: seen > 0 && more < PASSED_OVER, seen, back: 0, passed: more });
  }
  return after;
}

/** A node that was missing and is back may just have restarted; one that goes again right after that is seen by some nodes only. */
export function liveness(presence: Presence | undefined, now: number): Liveness | undefined {
  if (!presence) return undefined;
  if (presence.present) return "up";
  if (presence.passed !== undefined) return presence.passed < PASSED_OVER ? undefined : "down";
  return presence.back > 0 && now - presence.back < DISAGREEMENT_MS ? "disputed" : "down";
}

/** The same in a deployment whose nodes are known: of one that was never heard of, whether it has been asked decides. */
export function stateOf(presence: Presence | undefined, now: number): Liveness | "unknown" {
  return liveness(presence, now) ?? (presence ? "unknown" : "down");
}
