/** What the content is, and a preview: an image, the beginning of a text, the names in a folder. */

import { useEffect, useState } from "preact/hooks";
import { type Content, NoContent, gatewayUrl, look } from "../content";
import { useConfig } from "../context";
import { number, size } from "../format";
import { texts } from "../texts";
import { Button, Loading, Message, Out } from "./basics";

const words = texts.pin.content;
const LISTED = 200;

export function ContentCard({ cid }: { cid: string }) {
  const config = useConfig();
  const [content, setContent] = useState<Content | null>(null);
  const [error, setError] = useState("");
  const [round, setRound] = useState(0);
  useEffect(() => {
    if (config.gatewayAuthentication) return;
    const stop = new AbortController();
    setError("");
    look(config, cid, stop.signal).then(setContent, (failure: unknown) => {
      if (stop.signal.aborted) return;
      setError(failure instanceof NoContent ? words.refused(failure.status) : words.unreadable);
    });
    return () => stop.abort();
  }, [cid, round]);
  return (
    <section class="card stack" aria-labelledby="content">
      <div class="head">
        <h2 id="content">{words.heading}</h2>
        {content && <p class="soft num">{[content.kind === "folder" ? "" : type(content), content.size === null ? "" : size(content.size)].filter(Boolean).join(" · ")}</p>}
      </div>
      {config.gatewayAuthentication && <p class="soft">{words.authentication}</p>}
      {!config.gatewayAuthentication && !content && !error && <Loading text={words.loading} />}
      {error && (
        <Message kind="warn">
          <p>{error}</p>
          <Button small onClick={() => setRound(round + 1)}>
            {texts.shell.retry}
          </Button>
        </Message>
      )}
      {content && <Preview cid={cid} content={content} />}
    </section>
  );
}

function type(content: Content): string {
  return "type" in content ? (content.type.split(";")[0] ?? "") : "";
}

function Preview({ cid, content }: { cid: string; content: Content }) {
  const config = useConfig();
  const [broken, setBroken] = useState(false);
  switch (content.kind) {
    case "image":
      if (broken) return <p class="soft">{words.brokenImage}</p>;
      // An image runs nothing, not even an SVG.
      return <img class="preview" src={content.url} alt={words.image} referrerpolicy="no-referrer" onError={() => setBroken(true)} />;
    case "text":
      return (
        <>
          <pre class="preview" tabIndex={0} aria-label={words.text}>
            {content.text}
          </pre>
          {/html|svg|xml/.test(content.type) && <p class="hint">{words.source}</p>}
          {content.cut && <p class="hint">{words.cut}</p>}
        </>
      );
    case "folder":
      return (
        <>
          <p class="soft">{content.sharded ? words.bigFolder : words.folder(content.entries.length)}</p>
          {!content.sharded && content.entries.length > 0 && (
            <ul class="entries">
              {content.entries.slice(0, LISTED).map((entry) => (
                <li key={entry.name}>
                  <Out href={gatewayUrl(config, cid, `/${encodeURIComponent(entry.name)}`)}>{entry.name}</Out>
                  <span class="soft num">{size(entry.size)}</span>
                </li>
              ))}
              {content.entries.length > LISTED && <li class="soft">{texts.pins.bulk.andMore(number(content.entries.length - LISTED))}</li>}
            </ul>
          )}
        </>
      );
    case "other":
      return <p class="soft">{words.noPreview}</p>;
  }
}
