/** A card for each node. */

import { useConfig } from "../context";
import { ago, moment, size } from "../format";
import type { NodeView } from "../problems";
import { texts } from "../texts";
import { Bar, Id } from "./basics";

const words = texts.overview.nodes;
const TONES = { up: "good", down: "bad", disputed: "warn", unknown: "" };

export function Nodes({ nodes, now }: { nodes: readonly NodeView[]; now: number }) {
  return (
    <section class="stack" aria-labelledby="nodes">
      <h2 id="nodes">{words.heading}</h2>
      <ul class="nodes">
        {nodes.map((node) => (
          <li key={node.clusterPeerId} class={`card node ${node.state}`}>
            <NodeCard node={node} all={nodes} now={now} />
          </li>
        ))}
      </ul>
    </section>
  );
}

function NodeCard({ node, all, now }: { node: NodeView; all: readonly NodeView[]; now: number }) {
  const { readOnly } = useConfig();
  const missing = node.sees ? all.map(({ name }) => name).filter((name) => !node.sees?.includes(name)) : [];
  const part = node.used === null ? 0 : node.used / node.max;
  return (
    <>
      <div class="head">
        <h3>{node.name}</h3>
        <span class={`badge ${TONES[node.state]}`}>{words.states[node.state]}</span>
      </div>
      {node.used !== null && (
        <div class="storage">
          <Bar part={node.used} total={node.max} label={`${words.storage}, ${node.name}`} tone={part > 0.95 ? "bad" : part > 0.85 ? "warn" : "good"} />
          <p class="hint num">{words.storageOf(size(node.used), size(node.max))}</p>
        </div>
      )}
      <dl class="facts">
        <dt>{words.zone}</dt>
        <dd>{node.zone}</dd>
        <dt>{words.seen}</dt>
        <dd class="num">{node.seen ? <time title={moment(node.seen)}>{ago(node.seen, now)}</time> : words.never}</dd>
        {!readOnly && (
          <>
            <dt>{words.sees}</dt>
            <dd>
              {node.sees ? words.seesOf(all.length - missing.length, all.length) : "–"}
              {node.sees && missing.length > 0 && <span class="soft"> ({words.seesNot(missing)})</span>}
            </dd>
          </>
        )}
        <dt>{words.version}</dt>
        <dd class="num">{node.version || "–"}</dd>
        <dt>{words.kubo}</dt>
        <dd>{node.kuboError || (node.version ? words.kuboOk : "–")}</dd>
        <dt>{words.clusterId}</dt>
        <dd>
          <Id id={node.clusterPeerId} what={`${words.clusterId}, ${node.name}`} />
        </dd>
        <dt>{words.kuboId}</dt>
        <dd>
          <Id id={node.kuboPeerId} what={`${words.kuboId}, ${node.name}`} />
        </dd>
      </dl>
    </>
  );
}
