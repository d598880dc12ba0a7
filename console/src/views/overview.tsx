/** How the cluster is: what is wrong, the nodes, the pins, the gateway. */

import { useEffect, useMemo } from "preact/hooks";
import { cluster, gatewayPoller, pollers } from "../cluster";
import { Heading, Message, Out } from "../components/basics";
import { Nodes } from "../components/nodes";
import { PinCounts } from "../components/pincounts";
import { runbook } from "../config";
import { useConfig } from "../context";
import { ago, moment, number, percent, size } from "../format";
import { useKnown, useNow, usePollers } from "../hooks";
import { needPins, pinset } from "../pinset";
import { type NodeView, type Problem, isSilent, nodeViews, problems } from "../problems";
import { links } from "../router";
import { useStore } from "../store";
import { texts } from "../texts";
import "../styles/overview.css";

const words = texts.overview;

export function Overview() {
  const config = useConfig();
  const known = useStore(cluster);
  const now = useNow();
  const gateway = useMemo(() => gatewayPoller(config), [config]);
  const ofEachOther = config.readOnly ? [] : [pollers.peers, pollers.free];
  usePollers(pollers.presence, ...ofEachOther, pollers.alerts, pollers.active, pollers.missing, gateway);
  useEffect(needPins, []);
  const nodes = nodeViews(config, known, now);
  const found = problems(config, known, now);
  return (
    <>
      <div class="head">
        <Heading>{words.heading}</Heading>
        <Freshness now={now} />
      </div>
      {config.readOnly && <Message kind="info">{texts.shell.readOnly}</Message>}
      <Verdict found={found} sure={nodes.every(({ state }) => state !== "unknown")} nodes={nodes.length} />
      <Tiles nodes={nodes} />
      <Nodes nodes={nodes} now={now} />
      <div class="two">
        <PinCounts />
        <Alerts nodes={nodes} now={now} />
      </div>
    </>
  );
}

function Freshness({ now }: { now: number }) {
  const known = useStore(cluster);
  const { presence } = known;
  if (!presence.at) return <p class="soft freshness">{words.waiting}</p>;
  const silent = isSilent(known, now);
  const text = silent ? words.stale(moment(presence.at)) : words.updated(ago(presence.at, now));
  return <p class={`soft freshness num${silent ? " late" : ""}`}>{text}</p>;
}

function Verdict({ found, sure, nodes }: { found: readonly Problem[]; sure: boolean; nodes: number }) {
  const config = useConfig();
  // A region that is always there: what appears in it is read out.
  return (
    <section class="verdict" aria-live="polite" aria-atomic="false">
      {found.length === 0 && !sure && <p class="soft">{words.checking}</p>}
      {found.length === 0 && sure && (
        <Message kind="good">
          <h2>{words.fine}</h2>
          {!config.readOnly && <p>{words.fineHint(nodes)}</p>}
        </Message>
      )}
      {found.length > 0 && (
        <>
          <h2>{words.troubles(found.length)}</h2>
          <ul class="problems">
            {found.map((problem) => (
              <li key={problem.text} class={`message ${problem.severity}`}>
                <p>{problem.text}</p>
                <p class="actions">
                  <Out href={runbook(config, problem.section)}>{words.whatToDo}</Out>
                  {problem.pins && <a href={links.pinsLike({ state: problem.pins })}>{words.which}</a>}
                </p>
              </li>
            ))}
          </ul>
        </>
      )}
    </section>
  );
}

function Tiles({ nodes }: { nodes: readonly NodeView[] }) {
  const config = useConfig();
  const { gateway } = useStore(cluster);
  const { rows, state, loaded } = useStore(pinset);
  const tiles = words.tiles;
  const up = nodes.filter((node) => node.state === "up").length;
  const sure = nodes.some((node) => node.state !== "unknown");
  const used = nodes.map((node) => node.used).filter((bytes) => bytes !== null);
  const most = used.length > 0 ? Math.max(...used) : null;
  const max = nodes[0]?.max ?? 0;
  const counting = state === "first" || state === "none";
  const health = gateway.value;
  return (
    <dl class="tiles">
      <Tile label={tiles.nodes} value={sure ? tiles.nodesUp(up, nodes.length) : "–"} hint={sure ? tiles.nodesHint : tiles.unknown} />
      <Tile label={tiles.pins} value={state === "none" ? "–" : number(counting ? loaded : rows.length)} hint={counting ? texts.shell.loading : ""} />
      {!config.readOnly && (
        <Tile
          label={tiles.storage}
          value={most === null ? "–" : percent(most, max)}
          hint={most === null ? tiles.unknown : tiles.storageHint(size(max))}
        />
      )}
      <Tile
        label={tiles.gateway}
        value={health ? (health.ok ? tiles.gatewayOk : tiles.gatewayBad) : "–"}
        hint={!health ? tiles.unknown : !health.ok ? "" : config.gatewayAuthentication ? tiles.gatewayReachable : tiles.gatewayMs(health.ms)}
      />
    </dl>
  );
}

function Tile({ label, value, hint }: { label: string; value: string; hint: string }) {
  return (
    <div class="card tile">
      <dt>{label}</dt>
      <dd class="value num">{value}</dd>
      {hint && <dd class="hint">{hint}</dd>}
    </div>
  );
}

const SHOWN_ALERTS = 8;

function Alerts({ nodes, now }: { nodes: readonly NodeView[]; now: number }) {
  const { alerts } = useStore(cluster);
  const known = useKnown();
  const names = new Map(nodes.map((node) => [node.clusterPeerId, node.name]));
  const shown = alerts.value?.slice(0, SHOWN_ALERTS);
  return (
    <section class="card stack" aria-labelledby="alerts">
      <h2 id="alerts">{words.alerts.heading}</h2>
      {!shown && <p class="soft">{alerts.error || texts.shell.loading}</p>}
      {shown?.length === 0 && <p class="soft">{words.alerts.none}</p>}
      {shown && shown.length > 0 && (
        <>
          <ul class="alerts">
            {shown.map((alert) => {
              const at = Date.parse(alert.triggered_at);
              return (
                <li key={`${alert.peer} ${alert.name} ${alert.triggered_at}`}>
                  <span class={`badge ${known.down.has(alert.peer) ? "bad" : ""}`}>{words.alerts.text(names.get(alert.peer) ?? alert.peer, alert.name)}</span>
                  <time class="soft num" dateTime={alert.triggered_at} title={moment(at)}>
                    {ago(at, now)}
                  </time>
                </li>
              );
            })}
          </ul>
          <p class="hint">{words.alerts.hint}</p>
        </>
      )}
    </section>
  );
}
