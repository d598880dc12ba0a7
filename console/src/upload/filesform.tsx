/** The form for files and folders. */

import { useEffect, useRef } from "preact/hooks";
import { announce } from "../announce";
import { Button, Message } from "../components/basics";
import { useConfig } from "../context";
import { size } from "../format";
import { Store, useStore } from "../store";
import { texts } from "../texts";
import { OptionFields, focusFirst } from "./fields";
import { choose, chosen, clear, edit, form, toUpload, unchoose, type Form } from "./form";
import { optionsOf, problemsOf } from "./options";
import { count, isFolder } from "./tree";
import { upload } from "./upload";
import { entriesOf, fromFiles, walk, type Chosen } from "./walk";

const words = texts.upload;
/** Preact's types do not know it. */
const FOLDERS = { webkitdirectory: true } as object;
const GIB = 2 ** 30;
/** Rows of a list that are shown; a list of thousands helps nobody. */
const ROWS = 20;

async function take(looking: Promise<Chosen>): Promise<void> {
  const found = await looking;
  if (found.items.size === 0 && found.refused.length === 0) {
    edit({ looking: null });
    announce(words.drop.nothing);
    return;
  }
  choose(found);
  const { files, bytes } = chosen(form.value);
  if (form.value.refused.length === 0) announce(words.drop.added(form.value.items.size, files, bytes));
}

/** Whether files are dragged over the page. */
const isOver = new Store(false);
let takesDrops = false;

const hasFiles = (event: DragEvent) => event.dataTransfer?.types.includes("Files") ?? false;

// Anywhere in the page, and on each page: a browser shows a file that is dropped in the page's place, and the uploads would end.
addEventListener("dragover", (event) => {
  if (!event.dataTransfer || !hasFiles(event)) return;
  event.preventDefault();
  event.dataTransfer.dropEffect = takesDrops ? "copy" : "none";
  isOver.set(takesDrops);
});
addEventListener("dragleave", (event) => {
  if (event.relatedTarget === null) isOver.set(false);
});
addEventListener("drop", (event) => {
  if (!event.dataTransfer || !hasFiles(event)) return;
  event.preventDefault();
  isOver.set(false);
  if (!takesDrops) return;
  edit({ kind: "files" });
  void take(walk(entriesOf(event.dataTransfer.items), (found) => found % 50 === 0 && edit({ looking: found })));
});

/** Takes what is dropped, as long as a view uses it. */
export function useDrops(): void {
  useEffect(() => {
    takesDrops = true;
    return () => {
      takesDrops = false;
    };
  }, []);
}

export function FilesForm({ value }: { value: Form }) {
  const { nodes, storageMaxGib } = useConfig();
  const uploads = toUpload(value, words.chosen.andMore);
  const problems = problemsOf(value.typed, nodes.length, Date.now());
  const { files, bytes } = chosen(value);
  const nothing = uploads.length === 0 || (files === 0 && value.items.size > 0 && chosen({ ...value, hidden: true }).files > 0);
  const start = (event: Event) => {
    event.preventDefault();
    if (Object.keys(problems).length > 0) {
      edit({ touched: "all" });
      focusFirst(problems);
      return;
    }
    const { name, ...others } = optionsOf(value.typed);
    const options = uploads.length === 1 && name ? { ...others, name } : others;
    for (const one of uploads) upload(one, options, nodes);
    clear();
    document.getElementById("jobs")?.focus();
  };
  return (
    <form class="stack" onSubmit={start} noValidate>
      <DropZone looking={value.looking} />
      <Refused value={value} />
      {value.items.size > 0 && (
        <>
          <Choice value={value} />
          {bytes > storageMaxGib * GIB && <Message kind="warn">{words.chosen.tooLarge(storageMaxGib)}</Message>}
          {nothing && <Message kind="warn">{words.chosen.empty}</Message>}
          <OptionFields value={value} problems={problems} title={uploads[0]?.title ?? ""} named={uploads.length === 1} />
          {value.touched === "all" && Object.keys(problems).length > 0 && <Message kind="bad">{words.check}</Message>}
          <div class="buttons">
            <Button kind="primary" type="submit" disabled={nothing}>
              {uploads.length > 1 ? words.startMany(uploads.length) : words.start} · {size(bytes)}
            </Button>
            <Button kind="quiet" onClick={clear}>
              {words.chosen.clear}
            </Button>
          </div>
        </>
      )}
    </form>
  );
}

function DropZone({ looking }: { looking: number | null }) {
  const over = useStore(isOver);
  const filesInput = useRef<HTMLInputElement>(null);
  const folderInput = useRef<HTMLInputElement>(null);
  const changed = (input: HTMLInputElement) => {
    void take(Promise.resolve(fromFiles([...(input.files ?? [])])));
    input.value = ""; // the same may be chosen again
  };
  const hiddenInput = { type: "file", class: "unseen", tabIndex: -1, "aria-hidden": true, multiple: true } as const;
  return (
    <div class="drop-zone">
      <button type="button" class={`drop${over ? " over" : ""}`} onClick={() => filesInput.current?.click()} aria-describedby="drop-hint">
        <svg viewBox="0 0 24 24" aria-hidden="true">
          <path d="M12 16V4m0 0L7 9m5-5 5 5M4 16v4h16v-4" />
        </svg>
        <strong>{over ? words.drop.over : words.drop.heading}</strong>
        <span>{words.drop.files}</span>
      </button>
      <p class="hint" id="drop-hint">
        {words.drop.hint}
      </p>
      <div class="buttons">
        <Button onClick={() => folderInput.current?.click()}>{words.drop.folder}</Button>
      </div>
      {looking !== null && (
        <p class="soft" role="status">
          <span class="spinner" aria-hidden="true" /> {words.drop.looking(looking)}
        </p>
      )}
      <input {...hiddenInput} ref={filesInput} id="choose-files" onChange={(event) => changed(event.currentTarget)} />
      <input {...hiddenInput} ref={folderInput} id="choose-folder" {...FOLDERS} onChange={(event) => changed(event.currentTarget)} />
    </div>
  );
}

function Refused({ value: { refused } }: { value: Form }) {
  if (refused.length === 0) return null;
  return (
    <Message kind="bad">
      <p>{words.refused.heading}</p>
      <ul class="plain">
        {refused.slice(0, ROWS).map(({ path, reason }) => (
          <li key={`${path} ${reason}`}>
            <strong>{path}</strong>: {words.refused[reason]}
          </li>
        ))}
        {refused.length > ROWS && <li>{words.refused.more(refused.length - ROWS)}</li>}
      </ul>
    </Message>
  );
}

function Choice({ value }: { value: Form }) {
  const { files, folders, bytes } = chosen(value);
  const { hidden } = chosen({ ...value, hidden: true });
  const several = value.items.size > 1;
  return (
    <fieldset class="options">
      <legend>
        {words.chosen.heading}: {words.chosen.summary(files, folders, bytes)}
      </legend>
      <ul class="chosen">
        {[...value.items].slice(0, ROWS).map(([name, item]) => {
          const below = isFolder(item) ? count(item, value.hidden) : null;
          return (
            <li key={name}>
              <span class="name">{name}</span>
              <span class="soft num">
                {below ? `${words.chosen.folder}, ${words.chosen.summary(below.files, below.folders, below.bytes)}` : size((item as Blob).size)}
              </span>
              <Button kind="quiet" small aria-label={words.chosen.remove(name)} onClick={() => unchoose(name)}>
                ✕
              </Button>
            </li>
          );
        })}
        {value.items.size > ROWS && <li class="soft">{words.chosen.more(value.items.size - ROWS)}</li>}
      </ul>
      {value.noEmptyFolders && <p class="hint">{words.drop.noEmpty}</p>}
      {hidden.length > 0 && (
        <div>
          <label class="choice">
            <input
              type="checkbox"
              checked={value.hidden}
              aria-describedby="hidden-hint"
              onChange={(event) => edit({ hidden: event.currentTarget.checked })}
            />
            {words.chosen.hidden(hidden)}
          </label>
          <p class="hint" id="hidden-hint">
            {words.chosen.hiddenHint}
          </p>
        </div>
      )}
      {several && (
        <div class="field" role="radiogroup" aria-labelledby="how-label">
          <span id="how-label">{words.chosen.how}</span>
          <label class="choice">
            <input type="radio" name="how" checked={!value.each} onChange={() => edit({ each: false })} />
            {words.chosen.together}
          </label>
          <label class="choice">
            <input type="radio" name="how" checked={value.each} onChange={() => edit({ each: true })} />
            {words.chosen.each(value.items.size)}
          </label>
        </div>
      )}
      {(!several || value.each) && (
        <label class="choice">
          <input type="checkbox" checked={value.wrap} onChange={(event) => edit({ wrap: event.currentTarget.checked })} />
          {words.chosen.wrap}
        </label>
      )}
    </fieldset>
  );
}
