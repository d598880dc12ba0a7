import { useEffect } from "preact/hooks";
import { Heading, Message } from "../components/basics";
import { route } from "../router";
import { useStore } from "../store";
import "../styles/upload.css";
import { texts } from "../texts";
import { FilesForm, useDrops } from "../upload/filesform";
import { edit, form } from "../upload/form";
import { JobCards } from "../upload/jobcards";
import { PinForm } from "../upload/pinform";

const words = texts.upload;

export function UploadView() {
  const value = useStore(form);
  const at = useStore(route);
  useDrops();
  const asked = at.view === "upload" ? at.cid : "";
  useEffect(() => {
    if (asked) edit({ kind: "cid", cid: asked });
  }, [asked]);
  return (
    <>
      <Heading>{words.heading}</Heading>
      <div class="card stack">
        <fieldset class="kinds">
          <legend class="unseen">{words.tabs.label}</legend>
          {(["files", "cid"] as const).map((kind) => (
            <label key={kind} class="kind">
              <input type="radio" name="kind" checked={value.kind === kind} onChange={() => edit({ kind, touched: new Set() })} />
              <span>{words.tabs[kind]}</span>
            </label>
          ))}
        </fieldset>
        {value.kind === "cid" ? (
          <PinForm value={value} />
        ) : isSecureContext ? (
          <>
            <p class="soft">{words.intro}</p>
            <FilesForm value={value} />
          </>
        ) : (
          <Message kind="warn">{words.insecure}</Message>
        )}
      </div>
      <JobCards />
    </>
  );
}
