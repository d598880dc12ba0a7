import { useEffect, useMemo, useState } from "preact/hooks";
import { cluster } from "./cluster";
import { useConfig } from "./context";
import { stateOf } from "./liveness";
import type { Poller } from "./poll";
import type { Known } from "./select";
import { useStore } from "./store";

/** The time, in a component that is drawn again every `everyMs` while the page is looked at. */
export function useNow(everyMs = 1_000): number {
  const [now, setNow] = useState(Date.now());
  useEffect(() => {
    const timer = setInterval(() => document.hidden || setNow(Date.now()), everyMs);
    const look = () => setNow(Date.now());
    document.addEventListener("visibilitychange", look);
    return () => {
      clearInterval(timer);
      document.removeEventListener("visibilitychange", look);
    };
  }, [everyMs]);
  return now;
}

/** Has these asked for as long as the component is there. */
export function usePollers(...pollers: readonly Poller[]): void {
  useEffect(() => {
    const ends = pollers.map((poller) => poller.use());
    return () => ends.forEach((end) => end());
  }, []);
}

/** Whether a media query matches. */
export function useMedia(query: string): boolean {
  const [matches, setMatches] = useState(() => matchMedia(query).matches);
  useEffect(() => {
    const list = matchMedia(query);
    const look = () => setMatches(list.matches);
    look();
    list.addEventListener("change", look);
    return () => list.removeEventListener("change", look);
  }, [query]);
  return matches;
}

const EMPTY = new Map();

/** What decides on the state of pins. It is the same object until something of it changes. */
export function useKnown(): Known {
  const config = useConfig();
  const { presence, active, missing } = useStore(cluster);
  const nodes = useMemo(() => config.nodes.map((node) => node.clusterPeerId), [config]);
  const now = Date.now();
  const answered = presence.value !== null;
  const down = nodes.filter((id) => answered && stateOf(presence.value?.get(id), now) === "down").join();
  return useMemo(
    () => ({ nodes, down: new Set(down ? down.split(",") : []), active: active.value ?? EMPTY, missing: missing.value ?? EMPTY }),
    [nodes, down, active.value, missing.value],
  );
}
