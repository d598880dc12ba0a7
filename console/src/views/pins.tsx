/** All pins: search, filter, order, choose. */

import { useEffect, useMemo, useState } from "preact/hooks";
import { pollers } from "../cluster";
import { Button, Heading, Loading, Message } from "../components/basics";
import { Bulk, type BulkKind } from "../components/bulk";
import { Grid } from "../components/grid";
import { useConfig } from "../context";
import { ago, day, moment, number } from "../format";
import { useKnown, useMedia, useNow, usePollers } from "../hooks";
import { type Row, loadPins, needPins, pinset } from "../pinset";
import { ask, askedByLink, change, pinsView } from "../pinsview";
import { go, links, route } from "../router";
import { STATES, type PinState, type SortKey, select, sorted, summary } from "../select";
import { useStore } from "../store";
import { texts } from "../texts";
import "../styles/pins.css";

const words = texts.pins;

export function Pins() {
  const at = useStore(route);
  useEffect(() => {
    if (at.view === "pins") askedByLink(at.query);
  }, [at]);
  usePollers(pollers.active, pollers.missing);
  useEffect(needPins, []);
  const { rows, state, error } = useStore(pinset);
  const view = useStore(pinsView);
  const known = useKnown();
  const narrow = useMedia("(max-width: 700px)");
  // The order depends on the nodes only where it is that of the states.
  const inOrder = useMemo(() => sorted(rows, view.sort, view.descending, known), [rows, view.sort, view.descending, view.sort === "state" ? known : null]);
  const found = useMemo(() => select(inOrder, view.text, view.state, known), [inOrder, view.text, view.state, view.state ? known : null]);
  const nothing = rows.length === 0;
  const { readOnly } = useConfig();
  return (
    <div class="pins">
      <Top found={found.length} />
      <Tools />
      {error && (
        <Message kind="bad">
          <p>{error}</p>
          {nothing && (
            <Button small onClick={() => void loadPins()}>
              {texts.shell.retry}
            </Button>
          )}
        </Message>
      )}
      {nothing && (state === "first" || state === "none") && <Loading text={words.loadingFirst} />}
      {nothing && state === "complete" && <Empty />}
      {!nothing && found.length === 0 && <NoMatch />}
      {found.length > 0 && (
        <Grid
          label={words.heading}
          items={found}
          rowHeight={narrow ? 72 : 56}
          headHeight={narrow ? 0 : 40}
          columns={readOnly ? 5 : 6}
          selectable={!readOnly}
          head={narrow ? <NarrowHead /> : <Head />}
          keyOf={(row) => row.cid}
          onOpen={(row) => go(links.pin(row.cid))}
          row={(row, chosen) => <Cells row={row} chosen={chosen} />}
        />
      )}
      {!readOnly && <Selection shown={found} />}
    </div>
  );
}

function Top({ found }: { found: number }) {
  const { rows, state, loaded, at } = useStore(pinset);
  const { text, state: filter } = useStore(pinsView);
  const now = useNow(10_000);
  const { readOnly } = useConfig();
  const loading = state === "first" || state === "again";
  const part = Boolean(text.trim() || filter);
  return (
    <div class="head">
      <Heading>{words.heading}</Heading>
      <p class="soft num" role="status">
        {loading ? words.loading(number(loaded)) : state !== "complete" ? "" : part ? words.found(number(found), number(rows.length)) : words.count(rows.length)}
      </p>
      <Button small busy={loading} onClick={() => loading || void loadPins()} title={at ? words.asOf(moment(at), ago(at, now)) : ""}>
        {words.reload}
      </Button>
      {!readOnly && (
        <a class="button primary small add" href={links.upload}>
          {words.add}
        </a>
      )}
    </div>
  );
}

function Tools() {
  const { text, state, sort, descending } = useStore(pinsView);
  const narrow = useMedia("(max-width: 700px)");
  const order = `${sort} ${descending ? "down" : "up"}`;
  return (
    <search class="tools">
      <label class="field grow">
        <span class="unseen">{words.search}</span>
        <input
          type="search"
          placeholder={words.searchHint}
          value={text}
          autocomplete="off"
          autocapitalize="none"
          spellcheck={false}
          onInput={(event) => ask({ text: event.currentTarget.value })}
        />
      </label>
      <label class="field">
        <span class="unseen">{words.filter}</span>
        <select value={state} onChange={(event) => ask({ state: event.currentTarget.value as PinState | "" })}>
          <option value="">{words.anyState}</option>
          {STATES.map((one) => (
            <option key={one} value={one}>
              {words.states[one]}
            </option>
          ))}
        </select>
      </label>
      {narrow && (
        <label class="field">
          <span class="unseen">{words.order}</span>
          <select
            value={order}
            onChange={(event) => {
              const [key, direction] = event.currentTarget.value.split(" ");
              ask({ sort: key as SortKey, descending: direction === "down" });
            }}
          >
            {Object.entries(words.orders).map(([key, label]) => (
              <option key={key} value={key}>
                {label}
              </option>
            ))}
          </select>
        </label>
      )}
    </search>
  );
}

function Head() {
  const { sort, descending } = useStore(pinsView);
  const column = (key: SortKey, label: string) => {
    const here = sort === key;
    return (
      <div role="columnheader" class={`cell ${key}`} aria-sort={here ? (descending ? "descending" : "ascending") : "none"}>
        <button type="button" onClick={() => ask({ sort: key, descending: here ? !descending : key === "created" })}>
          {label}
          <span class="arrow" aria-hidden="true">
            {here ? (descending ? "↓" : "↑") : ""}
          </span>
        </button>
      </div>
    );
  };
  return (
    <div role="row" aria-rowindex={1} class="row">
      <div role="columnheader" class="cell select">
        <span class="unseen">{words.columns.selected}</span>
      </div>
      {column("name", words.columns.name)}
      {column("state", words.columns.state)}
      <div role="columnheader" class="cell held">
        {words.columns.nodes}
      </div>
      {column("created", words.columns.created)}
      {column("expires", words.columns.expires)}
    </div>
  );
}

/** On a phone there is no room for it: the order is chosen above. Screen readers have it all the same. */
function NarrowHead() {
  return (
    <div role="row" aria-rowindex={1} class="unseen">
      {Object.entries(words.columns).map(([key, label]) => (
        <div key={label} role="columnheader" class={key}>
          {label}
        </div>
      ))}
    </div>
  );
}

function Cells({ row, chosen }: { row: Row; chosen: boolean }) {
  const known = useKnown();
  const { state, held, of } = summary(row, known);
  const now = Date.now();
  return (
    <>
      <div role="gridcell" class="cell select">
        <span class={`tick${chosen ? " on" : ""}`} aria-hidden="true" />
        <span class="unseen">{chosen ? words.selected : words.notSelected}</span>
      </div>
      <div role="gridcell" class="cell name">
        <a href={links.pin(row.cid)} tabIndex={-1}>
          {row.name || <span class="soft">{words.noName}</span>}
        </a>
        <code class="soft" title={row.cid}>
          {row.cid}
        </code>
      </div>
      <div role="gridcell" class="cell state">
        <span class={`badge ${words.tones[state]}`}>{words.states[state]}</span>
      </div>
      <div role="gridcell" class="cell held num">
        {words.heldOf(held, of)}
      </div>
      <div role="gridcell" class="cell created num">
        {row.created ? <time title={moment(row.created)}>{day(row.created)}</time> : "–"}
      </div>
      <div role="gridcell" class="cell expires num">
        {row.expires ? <time title={moment(row.expires)}>{ago(row.expires, now)}</time> : <span class="soft">{words.never}</span>}
      </div>
    </>
  );
}

function Empty() {
  const { readOnly } = useConfig();
  return (
    <div class="card empty">
      <h2>{words.empty}</h2>
      <p>{readOnly ? texts.shell.readOnly : words.emptyHint}</p>
      {!readOnly && (
        <a class="button primary" href={links.upload}>
          {words.add}
        </a>
      )}
    </div>
  );
}

function NoMatch() {
  const { state, text } = useStore(pinsView);
  return (
    <div class="card empty">
      <h2>{words.noMatch}</h2>
      <p>{state && text ? words.noMatchBoth : words.noMatchHint}</p>
      <Button onClick={() => ask({ text: "", state: "" })}>{words.showAll}</Button>
    </div>
  );
}

function Selection({ shown }: { shown: readonly Row[] }) {
  const { selected } = useStore(pinsView);
  const { rows } = useStore(pinset);
  const [doing, setDoing] = useState<{ kind: BulkKind; rows: readonly Row[] } | null>(null);
  const start = (kind: BulkKind) => setDoing({ kind, rows: rows.filter((row) => selected.has(row.cid)) });
  const all = shown.length > 0 && shown.every((row) => selected.has(row.cid));
  return (
    <>
      <p class="unseen" role="status">
        {selected.size > 0 ? words.chosen(selected.size) : ""}
      </p>
      {selected.size > 0 && (
        <section class="selection" aria-label={words.chosen(selected.size)}>
          <strong class="num">{words.chosen(selected.size)}</strong>
          {!all && (
            <Button small kind="quiet" onClick={() => change({ selected: new Set([...selected, ...shown.map((row) => row.cid)]) })}>
              {words.selectShown(number(shown.length))}
            </Button>
          )}
          <Button small kind="quiet" onClick={() => change({ selected: new Set() })}>
            {words.clear}
          </Button>
          <span class="gap" />
          <Button small onClick={() => start("recover")}>
            {words.recover}
          </Button>
          <Button small kind="danger" onClick={() => start("unpin")}>
            {words.unpin}
          </Button>
        </section>
      )}
      {doing && <Bulk kind={doing.kind} rows={doing.rows} onClose={() => setDoing(null)} />}
    </>
  );
}
