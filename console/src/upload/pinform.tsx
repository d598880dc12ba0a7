/** The form to pin by CID. */

import { Button, Message } from "../components/basics";
import { useConfig } from "../context";
import { texts } from "../texts";
import { MAX_ORIGINS, originProblem, wanted } from "./address";
import { Field, OptionFields, focusFirst, shownProblem, valueOf } from "./fields";
import { clear, edit, type Form } from "./form";
import { optionsOf, problemsOf, type Problems } from "./options";
import { pinCid } from "./pin";

const words = texts.upload.pin;

function originsOf(text: string): string[] {
  return text
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "");
}

/** What is wrong with what was typed here. */
function problemsHere({ cid, origins, patience }: Form): Problems {
  const found: Record<string, string> = {};
  const asked = wanted(cid);
  if ("problem" in asked) found.cid = words.problems[asked.problem];
  const lines = origins.split("\n").map((line) => line.trim());
  for (const [index, line] of lines.entries()) {
    const wrong = line ? originProblem(line) : null;
    if (wrong && !found.origins) found.origins = words.originProblems[wrong.problem](index + 1, wrong.part);
  }
  if (originsOf(origins).length > MAX_ORIGINS) found.origins = words.tooManyOrigins(MAX_ORIGINS);
  if (!/^\d+$/.test(patience.trim()) || Number(patience) < 1 || Number(patience) > 1440) found.patience = words.patienceProblem;
  return found;
}

export function PinForm({ value }: { value: Form }) {
  const { nodes } = useConfig();
  const problems = { ...problemsHere(value), ...problemsOf(value.typed, nodes.length, Date.now(), originsOf(value.origins)) };
  const asked = wanted(value.cid);
  const problem = (field: string) => shownProblem(value, problems, field);
  const start = (event: Event) => {
    event.preventDefault();
    if (Object.keys(problems).length > 0 || "problem" in asked) {
      edit({ touched: "all" });
      focusFirst(problems);
      return;
    }
    const origins = originsOf(value.origins);
    pinCid(asked.cid, { ...optionsOf(value.typed), ...(origins.length > 0 ? { origins } : {}) }, nodes, Number(value.patience) * 60_000);
    clear();
    document.getElementById("jobs")?.focus();
  };
  return (
    <form class="stack" onSubmit={start} noValidate>
      <p class="soft">{words.intro}</p>
      <Field id="cid" label={words.cid} hint={words.cidHint} problem={problem("cid")}>
        {(attributes) => (
          <input
            {...attributes}
            autocomplete="off"
            autocapitalize="off"
            spellcheck={false}
            value={value.cid}
            onInput={(event) => edit({ cid: valueOf(event) })}
          />
        )}
      </Field>
      {"cid" in asked && asked.path && <Message kind="info">{words.path(asked.cid, asked.path)}</Message>}
      <Field id="origins" label={words.origins} hint={words.originsHint(MAX_ORIGINS)} problem={problem("origins")}>
        {(attributes) => (
          <textarea
            {...attributes}
            rows={3}
            autocapitalize="off"
            spellcheck={false}
            value={value.origins}
            onInput={(event) => edit({ origins: valueOf(event) })}
          />
        )}
      </Field>
      <OptionFields value={value} problems={problems} title={"cid" in asked ? asked.cid : ""} named />
      <Field id="patience" label={words.patience} hint={words.patienceUnit} problem={problem("patience")}>
        {(attributes) => (
          <input
            {...attributes}
            inputMode="numeric"
            autocomplete="off"
            value={value.patience}
            onInput={(event) => edit({ patience: valueOf(event) })}
          />
        )}
      </Field>
      {value.touched === "all" && Object.keys(problems).length > 0 && <Message kind="bad">{texts.upload.check}</Message>}
      <div class="buttons">
        <Button kind="primary" type="submit">
          {words.start}
        </Button>
      </div>
    </form>
  );
}
