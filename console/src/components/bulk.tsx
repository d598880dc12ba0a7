/** Recovers or unpins pins, one or many: asks first where something is lost, shows how far it is, and what failed. */

import { useEffect, useRef, useState } from "preact/hooks";
import { type Progress, each, recover, unpin } from "../actions";
import { notify } from "../announce";
import { pollers } from "../cluster";
import { number } from "../format";
import { type Row, dropPins } from "../pinset";
import { change, pinsView, toggled } from "../pinsview";
import { texts } from "../texts";
import { Bar, Button, Dialog, Message } from "./basics";

export type BulkKind = "unpin" | "recover";

const words = texts.pins.bulk;
const LISTED = 50;

/** What has to be typed before pins are gone: the name of one, or how many there are. */
export function confirmation(rows: readonly Row[]): string {
  const [only] = rows;
  if (rows.length !== 1 || !only) return words.confirmMany(rows.length);
  // A name may have what nobody can type.
  const name = only.name.trim().replace(/\s+/g, " ");
  return name || only.cid.slice(-8);
}

function same(typed: string, expected: string): boolean {
  return typed.trim().replace(/\s+/g, " ") === expected;
}

export function Bulk({ kind, rows, onClose, onDone }: { kind: BulkKind; rows: readonly Row[]; onClose: () => void; onDone?: () => void }) {
  const [confirmed, setConfirmed] = useState(kind === "recover");
  const [round, setRound] = useState({ rows, number: 1 });
  const heading = words[kind].heading(rows.length);
  return (
    <Dialog heading={heading} onClose={onClose} closable={!confirmed}>
      {confirmed ? (
        <Running
          key={round.number}
          kind={kind}
          rows={round.rows}
          onRetry={(failed) => setRound({ rows: round.rows.filter((row) => failed.has(row.cid)), number: round.number + 1 })}
          onClose={onClose}
          onDone={() => {
            onClose();
            onDone?.();
          }}
        />
      ) : (
        <Confirm rows={rows} onCancel={onClose} onConfirm={() => setConfirmed(true)} />
      )}
    </Dialog>
  );
}

function Confirm({ rows, onCancel, onConfirm }: { rows: readonly Row[]; onCancel: () => void; onConfirm: () => void }) {
  const [typed, setTyped] = useState("");
  const field = useRef<HTMLInputElement>(null);
  const expected = confirmation(rows);
  const ok = same(typed, expected);
  useEffect(() => field.current?.focus(), []);
  return (
    <form
      class="stack"
      onSubmit={(event) => {
        event.preventDefault();
        if (ok) onConfirm();
      }}
    >
      <p>{words.warning(rows.length)}</p>
      {rows.length > 1 && (
        <ul class="some">
          {rows.slice(0, 5).map((row) => (
            <li key={row.cid}>{row.name || row.cid}</li>
          ))}
          {rows.length > 5 && <li class="soft">{words.andMore(number(rows.length - 5))}</li>}
        </ul>
      )}
      <label class="field">
        <span>
          {words.type} <strong class="typed">{expected}</strong>
        </span>
        <input
          ref={field}
          value={typed}
          autocomplete="off"
          autocapitalize="none"
          spellcheck={false}
          onInput={(event) => setTyped(event.currentTarget.value)}
        />
      </label>
      <div class="buttons end">
        <Button onClick={onCancel}>{texts.shell.cancel}</Button>
        <Button kind="danger" type="submit" disabled={!ok}>
          {words.unpin.button(rows.length)}
        </Button>
      </div>
    </form>
  );
}

interface RunningProps {
  readonly kind: BulkKind;
  readonly rows: readonly Row[];
  readonly onRetry: (failed: ReadonlyMap<string, string>) => void;
  readonly onClose: () => void;
  readonly onDone: () => void;
}

function Running({ kind, rows, onRetry, onClose, onDone }: RunningProps) {
  const [progress, setProgress] = useState<Progress>({ done: [], failed: new Map() });
  const [over, setOver] = useState(false);
  const stop = useRef(new AbortController());
  useEffect(() => {
    const run = async () => {
      const cids = rows.map((row) => row.cid);
      const result = await each(cids, kind === "unpin" ? unpin : recover, (now) => setProgress({ ...now }), stop.current.signal);
      const done = new Set(result.done);
      if (kind === "unpin") dropPins(done);
      change({ selected: toggled(pinsView.value.selected, [...done], false) });
      pollers.active.now();
      if (result.failed.size === 0) {
        if (done.size > 0) notify(words[kind].done(done.size));
        onDone();
      } else setOver(true);
    };
    void run();
    return () => stop.current.abort();
  }, []);
  const finished = progress.done.length + progress.failed.size;
  const names = new Map(rows.map((row) => [row.cid, row.name || row.cid]));
  return (
    <div class="stack">
      <Bar part={finished} total={rows.length} label={words[kind].heading(rows.length)} />
      <p class="num" role="status">
        {words.progress(number(finished), number(rows.length))}
      </p>
      {progress.failed.size > 0 && (
        <Message kind="bad">
          <p>{words.failed(progress.failed.size)}</p>
          <ul class="some">
            {[...progress.failed].slice(0, LISTED).map(([cid, reason]) => (
              <li key={cid}>
                {names.get(cid)}: {reason}
              </li>
            ))}
          </ul>
        </Message>
      )}
      <div class="buttons end">
        {over ? (
          <>
            <Button onClick={onClose}>{texts.shell.close}</Button>
            <Button kind="primary" onClick={() => onRetry(progress.failed)}>
              {words.retry(progress.failed.size)}
            </Button>
          </>
        ) : (
          <Button onClick={() => stop.current.abort()}>{words.stop}</Button>
        )}
      </div>
    </div>
  );
}
