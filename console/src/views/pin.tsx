/** One pin: where it is, what it is, and what can be done with it. */

import { useEffect, useMemo, useState } from "preact/hooks";
import { call, inWords } from "../api";
import { recover } from "../actions";
import { announce, notify } from "../announce";
import { canonical, cidIn, otherVersion } from "../cid";
import { Button, Copy, Heading, Id, Loading, Message, Out } from "../components/basics";
import { Bulk } from "../components/bulk";
import { ContentCard } from "../components/content";
import { NodeStates } from "../components/nodestates";
import { gatewayUrl } from "../content";
import { useConfig } from "../context";
import { ago, moment, time } from "../format";
import { useNow, usePollers } from "../hooks";
import { loadPin, rowOf } from "../pinset";
import { Poller } from "../poll";
import { go, links } from "../router";
import { texts } from "../texts";
import type { Pin, PinStatus } from "../types";
import "../styles/pin.css";

const words = texts.pin;
const BUSY = /^(pinning|pin_queued|unpinning|unpin_queued)$/;
const BUSY_MS = 2_000;
const IDLE_MS = 15_000;

export function PinPage({ cid: asked }: { cid: string }) {
  const cid = useMemo(() => {
    const found = cidIn(asked);
    return found ? canonical(found) : null;
  }, [asked]);
  if (!cid) {
    return (
      <>
        <Back />
        <Heading>{words.notACid}</Heading>
        <p>{words.notACidHint}</p>
      </>
    );
  }
  return <Known cid={cid} />;
}

function Back() {
  return (
    <p>
      <a href={links.pins}>← {words.back}</a>
    </p>
  );
}

interface Answer {
  readonly pin: Pin | null | undefined;
  readonly status: PinStatus | null;
  readonly error: string;
}

/** Asks for the pin and for its status, often while something happens. The nodes that hold it ask their kubo for this one pin. */
function usePin(cid: string): [Answer, () => void] {
  const { readOnly } = useConfig();
  const [answer, setAnswer] = useState<Answer>({ pin: undefined, status: null, error: "" });
  const poller = useMemo(() => {
    let failures = 0;
    let said: PinStatus["peer_map"] = {};
    return new Poller(IDLE_MS, async (signal) => {
      try {
        const pin = await loadPin(cid, signal);
        const answer = pin && (await call<PinStatus>(`/pins/${cid}`, { signal, timeoutMs: 20_000 }));
        // A node that only follows others tells of itself alone, from memory but for one question to its kubo: it is asked often.
        said = readOnly ? { ...said, ...answer?.peer_map } : (answer?.peer_map ?? null);
        const status = answer && { ...answer, peer_map: said };
        failures = 0;
        setAnswer({ pin, status, error: "" });
        const told = Object.values(status?.peer_map ?? {});
        const busy = readOnly || told.some((node) => BUSY.test(node.status));
        return { waitMs: busy ? BUSY_MS : IDLE_MS };
      } catch (error) {
        failures += 1;
        // One request may meet a node that has just died: the next one reaches another.
        if (!signal.aborted) setAnswer((before) => (before.pin && failures < 3 ? before : { ...before, error: inWords(error) }));
        throw error;
      }
    });
  }, [cid]);
  usePollers(poller);
  return [answer, () => poller.now()];
}

function Known({ cid }: { cid: string }) {
  const [{ pin, status, error }, again] = usePin(cid);
  const [unpinning, setUnpinning] = useState(false);
  const name = pin?.name ?? "";
  const config = useConfig();
  useEffect(() => {
    if (name) document.title = texts.shell.title(name, config.name);
  }, [name]);
  return (
    <>
      <Back />
      <div class="head">
        <div class="what">
          <Heading>{name || (pin ? words.noName : words.pin)}</Heading>
          <p class="whole">
            <code>{cid}</code>
            <Copy text={cid} what={words.cid} />
          </p>
        </div>
        {pin && !config.readOnly && (
          <div class="buttons">
            <Recover cid={cid} onDone={again} />
            <Button kind="danger" onClick={() => setUnpinning(true)}>
              {words.unpin}
            </Button>
          </div>
        )}
      </div>
      {error && <Message kind="bad">{error}</Message>}
      {pin === undefined && !error && <Loading />}
      {pin === null && <NotPinned cid={cid} />}
      {pin && (
        <>
          <NodeStates pin={pin} status={status} />
          <div class="two">
            <Facts pin={pin} />
            <ContentCard cid={cid} />
          </div>
        </>
      )}
      {pin && unpinning && <Bulk kind="unpin" rows={[rowOf(pin)]} onClose={() => setUnpinning(false)} onDone={() => go(links.pins)} />}
    </>
  );
}

function Recover({ cid, onDone }: { cid: string; onDone: () => void }) {
  const [busy, setBusy] = useState(false);
  const run = async () => {
    setBusy(true);
    try {
      await recover(cid);
      announce(words.recovering);
      notify(words.recovering);
      onDone();
    } catch (error) {
      notify(inWords(error), "error");
    } finally {
      setBusy(false);
    }
  };
  return (
    <Button busy={busy} title={words.recoverHint} onClick={() => busy || void run()}>
      {words.recover}
    </Button>
  );
}

function NotPinned({ cid }: { cid: string }) {
  const { readOnly } = useConfig();
  return (
    <div class="card empty">
      <h2>{words.notPinned}</h2>
      <p>{words.notPinnedHint}</p>
      {!readOnly && (
        <a class="button primary" href={links.uploadOf(cid)}>
          {words.pinIt}
        </a>
      )}
    </div>
  );
}

function Facts({ pin }: { pin: Pin }) {
  const config = useConfig();
  const now = useNow(10_000);
  const other = otherVersion(pin.cid);
  const created = time(pin.timestamp);
  const expires = time(pin.expire_at);
  const metadata = Object.entries(pin.metadata ?? {});
  const url = gatewayUrl(config, pin.cid);
  const native = `ipfs://${pin.cid}`;
  return (
    <section class="card stack" aria-labelledby="facts">
      <h2 id="facts">{words.facts}</h2>
      <dl class="facts">
        <dt>{words.gateway}</dt>
        <dd class="link">
          <Out href={url}>{url}</Out>
          <Copy text={url} what={words.gateway} />
        </dd>
        <dt>{words.native}</dt>
        <dd class="link">
          <a href={native}>{native}</a>
          <Copy text={native} what={words.native} />
        </dd>
        {other && (
          <>
            <dt>{words.version(pin.cid.startsWith("Qm") ? 1 : 0)}</dt>
            <dd>
              <Id id={other} what={words.version(pin.cid.startsWith("Qm") ? 1 : 0)} keep={10} />
            </dd>
          </>
        )}
        <dt>{words.created}</dt>
        <dd>{created ? <time title={ago(created, now)}>{moment(created)}</time> : "–"}</dd>
        <dt>{words.expires}</dt>
        <dd>{expires ? `${moment(expires)} (${ago(expires, now)})` : words.never}</dd>
        <dt>{words.replication}</dt>
        <dd>{words.replicationOf(pin.replication_factor_min, pin.replication_factor_max)}</dd>
        {(pin.origins ?? []).length > 0 && (
          <>
            <dt>{words.origins}</dt>
            <dd>
              <ul>
                {pin.origins?.map((origin) => (
                  <li key={origin}>
                    <code>{origin}</code>
                  </li>
                ))}
              </ul>
            </dd>
          </>
        )}
      </dl>
      {config.gatewayAuthentication && <Message kind="info">{words.authentication[config.gatewayAuthentication]}</Message>}
      {config.gatewayAuthentication === "token" && (
        <p class="whole">
          <code>{words.curl(url)}</code>
          <Copy text={words.curl(url)} what={words.command} />
        </p>
      )}
      <h3>{words.metadata}</h3>
      {metadata.length === 0 && <p class="soft">{words.noMetadata}</p>}
      {metadata.length > 0 && (
        <dl class="facts">
          {metadata.map(([key, value]) => (
            <>
              <dt>{key}</dt>
              <dd>{value}</dd>
            </>
          ))}
        </dl>
      )}
    </section>
  );
}
