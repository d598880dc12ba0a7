/** Pins by status, and whether every node holds what it should. */

import { useMemo } from "preact/hooks";
import { cluster, pollers } from "../cluster";
import { useConfig } from "../context";
import { ago, number } from "../format";
import { useKnown, useNow } from "../hooks";
import { loadPins, pinset } from "../pinset";
import { links } from "../router";
import { STATES, counts } from "../select";
import { useStore } from "../store";
import { texts } from "../texts";
import { Button, Message } from "./basics";

const words = texts.overview.pins;

export function PinCounts() {
  const { readOnly } = useConfig();
  const { rows, state, loaded, at, error } = useStore(pinset);
  const { missing } = useStore(cluster);
  const comparing = useStore(pollers.missing.busy);
  const known = useKnown();
  const now = useNow(10_000);
  const found = useMemo(() => counts(rows, known), [rows, known]);
  const loading = state === "first" || state === "again";
  const lacking = found.missing + found.partial;
  return (
    <section class="card stack" aria-labelledby="by-status">
      <div class="head">
        <h2 id="by-status">{words.heading}</h2>
        <Button small kind="quiet" busy={loading} onClick={() => loading || void loadPins()}>
          {words.reload}
        </Button>
      </div>
      {error && <Message kind="bad">{error}</Message>}
      {loading && <p class="soft num">{words.loading(number(loaded))}</p>}
      <ul class="counts">
        {STATES.filter((one) => found[one] > 0 || one === "pinned" || one === "failed").map((one) => (
          <li key={one}>
            <a href={links.pinsLike({ state: one })}>
              <span class={`badge ${texts.pins.tones[one]}`}>{texts.pins.states[one]}</span>
              <span class="num">{number(found[one])}</span>
            </a>
          </li>
        ))}
      </ul>
      {state === "complete" && at > 0 && <p class="hint">{words.asOf(ago(at, now))}</p>}
      <div class="head comparison">
        <p>{!missing.value ? missing.error || words.notCompared : lacking === 0 ? (readOnly ? words.heldByOne : words.held) : words.heldNot(texts.pins.count(lacking))}</p>
        <Button small kind="quiet" busy={comparing} onClick={() => pollers.missing.now()}>
          {comparing ? words.comparing : words.compare}
        </Button>
      </div>
      {missing.at > 0 && <p class="hint">{words.heldAsOf(ago(missing.at, now))}</p>}
      {known.down.size > 0 && <p class="hint">{words.heldDown}</p>}
    </section>
  );
}
