/** What each node says of a pin. */

import { cluster } from "../cluster";
import { runbook } from "../config";
import { useConfig } from "../context";
import { ago, moment, time } from "../format";
import { useKnown, useNow } from "../hooks";
import { explain } from "../reasons";
import { useStore } from "../store";
import { texts } from "../texts";
import type { NodeStatus, Pin, PinStatus } from "../types";
import { Out } from "./basics";

const words = texts.pin;

export function NodeStates({ pin, status }: { pin: Pin; status: PinStatus | null }) {
  const config = useConfig();
  const known = useKnown();
  const { presence } = useStore(cluster);
  const now = useNow(5_000);
  const everywhere = pin.replication_factor_min === -1;
  const ids = new Set([...config.nodes.map((node) => node.clusterPeerId), ...Object.keys(status?.peer_map ?? {})]);
  const rows = [...ids].map((id) => {
    const node = config.nodes.find((one) => one.clusterPeerId === id);
    const says = status?.peer_map?.[id];
    return { id, name: node?.name || says?.peername || id, says, down: presence.value !== null && known.down.has(id) };
  });
  const meant = rows.filter(({ id }) => everywhere || (pin.allocations ?? []).includes(id));
  const held = meant.filter(({ says, down }) => says?.status === "pinned" && !down).length;
  return (
    <section class="card stack" aria-labelledby="node-states">
      <div class="head">
        <h2 id="node-states">{words.nodes}</h2>
        <p class="num" role="status">
          {status ? words.held(held, meant.length) : ""}
        </p>
      </div>
      <ul class="node-states">
        {rows.map(({ id, name, says, down }) => (
          <li key={id}>
            <strong>{name}</strong>
            <span>{status && <State says={says} down={down} />}</span>
            <span class="soft num since">{says && !down && time(says.timestamp) ? words.since(ago(time(says.timestamp), now), moment(time(says.timestamp))) : ""}</span>
            {says?.error && <Reason says={says} />}
          </li>
        ))}
      </ul>
    </section>
  );
}

function State({ says, down }: { says: NodeStatus | undefined; down: boolean }) {
  const { readOnly } = useConfig();
  if (down) return <span class="badge bad">{words.down}</span>;
  if (!says) return <span class="badge">{readOnly ? words.unknown : words.heldByOthers}</span>;
  const [label, tone] = words.statuses[says.status] ?? [says.status, ""];
  return <span class={`badge ${tone}`}>{label}</span>;
}

function Reason({ says }: { says: NodeStatus }) {
  const config = useConfig();
  const { text, section } = explain(says.error);
  return (
    <div class="reason">
      <p>
        {text} <Out href={runbook(config, section)}>{texts.overview.whatToDo}</Out>
      </p>
      <p class="hint">
        {words.says} <code>{says.error}</code>
        {says.attempt_count > 1 && ` ${words.attempts(says.attempt_count)}`}
      </p>
    </div>
  );
}
