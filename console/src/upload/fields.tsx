/** Fields whose problems stand next to them, and are read out with them. */

import type { ComponentChildren, TargetedEvent } from "preact";
import { Button } from "../components/basics";
import { useConfig } from "../context";
import { texts } from "../texts";
import { edit, form, touch, type Form } from "./form";
import { EXPIRIES, type Problems, type Typed } from "./options";

const words = texts.upload.options;

/** The problem of a field, once the field was left or all is wanted. */
export function shownProblem({ touched }: Form, problems: Problems, field: string): string {
  return touched === "all" || touched.has(field) ? (problems[field] ?? "") : "";
}

let pressed = false;
addEventListener("pointerdown", () => (pressed = true), true);
for (const end of ["pointerup", "pointercancel"]) addEventListener(end, () => (pressed = false), true);

/** A field was left. Its problem moves what is below: not while a button there is being pressed, which would not get the click. */
export function left(field: string): void {
  if (pressed) addEventListener("pointerup", () => setTimeout(() => touch(field)), { once: true });
  else touch(field);
}

interface FieldProps {
  readonly id: string;
  readonly label: string;
  readonly hint?: string;
  readonly problem?: string;
  /** Gets what connects the input with its hint and problem. */
  readonly children: (attributes: {
    id: string;
    "aria-describedby": string | undefined;
    "aria-invalid": boolean;
    onBlur: () => void;
  }) => ComponentChildren;
}

export function Field({ id, label, hint, problem, children }: FieldProps) {
  const described = [hint && `${id}-hint`, problem && `${id}-problem`].filter(Boolean).join(" ");
  return (
    <div class="field">
      <label for={id}>{label}</label>
      {children({ id, "aria-describedby": described || undefined, "aria-invalid": Boolean(problem), onBlur: () => left(id) })}
      {problem && (
        <p class="problem" id={`${id}-problem`}>
          {problem}
        </p>
      )}
      {hint && (
        <p class="hint" id={`${id}-hint`}>
          {hint}
        </p>
      )}
    </div>
  );
}

export const valueOf = (event: TargetedEvent<HTMLInputElement | HTMLSelectElement | HTMLTextAreaElement>) => event.currentTarget.value;

function type(changes: Partial<Typed>): void {
  edit({ typed: { ...form.value.typed, ...changes } });
}

/** Name, metadata, expiry and copies. */
export function OptionFields({ value, problems, title, named }: { value: Form; problems: Problems; title: string; named: boolean }) {
  const { nodes, replication } = useConfig();
  const { typed } = value;
  const problem = (field: string) => shownProblem(value, problems, field);
  return (
    <fieldset class="options">
      <legend>{words.heading}</legend>
      <div class="columns">
        <Field id="name" label={words.name} hint={named ? words.nameHint : words.nameEach} problem={problem("name")}>
          {(attributes) => (
            <input
              {...attributes}
              autocomplete="off"
              disabled={!named}
              value={named ? typed.name : ""}
              placeholder={named && title ? words.namePlaceholder(title) : ""}
              onInput={(event) => type({ name: valueOf(event) })}
            />
          )}
        </Field>
        <Field id="expiry" label={words.expiry}>
          {(attributes) => (
            <select {...attributes} value={typed.expiry} onChange={(event) => type({ expiry: valueOf(event) })}>
              <option value="never">{words.never}</option>
              {EXPIRIES.map((hours) => (
                <option key={hours} value={hours}>
                  {words.after(hours)}
                </option>
              ))}
              <option value="at">{words.at}</option>
            </select>
          )}
        </Field>
        {typed.expiry === "at" && (
          <Field id="expiryDate" label={words.date} hint={words.dateHint} problem={problem("expiryDate")}>
            {(attributes) => (
              <input {...attributes} type="datetime-local" value={typed.expiryDate} onInput={(event) => type({ expiryDate: valueOf(event) })} />
            )}
          </Field>
        )}
        <Field id="copies" label={words.copies} {...(typed.copies === "some" ? { hint: words.copiesHint(nodes.length) } : {})}>
          {(attributes) => (
            <select {...attributes} value={typed.copies} onChange={(event) => type({ copies: valueOf(event) })}>
              <option value="default">{words.copiesDefault(replication.min, replication.max)}</option>
              <option value="all">{words.copiesAll}</option>
              <option value="some">{words.copiesSome}</option>
            </select>
          )}
        </Field>
        {typed.copies === "some" &&
          (["min", "max"] as const).map((field) => (
            <Field key={field} id={field} label={words[field]} problem={problem(field)}>
              {(attributes) => (
                <input
                  {...attributes}
                  inputMode="numeric"
                  autocomplete="off"
                  value={typed[field]}
                  onInput={(event) => type({ [field]: valueOf(event) })}
                />
              )}
            </Field>
          ))}
      </div>
      <Metadata value={value} problems={problems} />
    </fieldset>
  );
}

function Metadata({ value, problems }: { value: Form; problems: Problems }) {
  const rows = value.typed.metadata;
  const set = (id: number, changes: { key?: string; value?: string }) =>
    type({ metadata: rows.map((row) => (row.id === id ? { ...row, ...changes } : row)) });
  const add = () => {
    const id = 1 + Math.max(0, ...rows.map((row) => row.id));
    type({ metadata: [...rows, { id, key: "", value: "" }] });
    requestAnimationFrame(() => document.getElementById(`metadata-${id}`)?.focus());
  };
  const remove = (id: number) => {
    type({ metadata: rows.filter((row) => row.id !== id) });
    requestAnimationFrame(() => document.getElementById("metadata-add")?.focus());
  };
  return (
    <div class="field" role="group" aria-labelledby="metadata-label" aria-describedby="metadata-hint">
      <span id="metadata-label">{words.metadata}</span>
      {rows.map((row, index) => {
        const id = `metadata-${row.id}`;
        const problem = shownProblem(value, problems, id);
        return (
          <div class="pair" key={row.id}>
            <input
              id={id}
              aria-label={words.keyOf(index + 1)}
              placeholder={words.key}
              autocomplete="off"
              aria-invalid={Boolean(problem)}
              aria-describedby={problem ? `${id}-problem` : undefined}
              value={row.key}
              onInput={(event) => set(row.id, { key: valueOf(event) })}
              onBlur={() => left(id)}
            />
            <input
              aria-label={words.valueOf(index + 1)}
              placeholder={words.value}
              autocomplete="off"
              value={row.value}
              onInput={(event) => set(row.id, { value: valueOf(event) })}
              onBlur={() => left(id)}
            />
            <Button kind="quiet" small aria-label={words.removeRow(index + 1)} onClick={() => remove(row.id)}>
              ✕
            </Button>
            {problem && (
              <p class="problem" id={`${id}-problem`}>
                {problem}
              </p>
            )}
          </div>
        );
      })}
      <div>
        <Button id="metadata-add" small onClick={add}>
          {words.addRow}
        </Button>
      </div>
      <p class="hint" id="metadata-hint">
        {words.metadataHint}
      </p>
    </div>
  );
}

/** Takes the person to the first field that has a problem. */
export function focusFirst(problems: Problems): void {
  requestAnimationFrame(() => {
    const first = [...document.querySelectorAll<HTMLElement>("main [aria-invalid='true']")].find((element) => Object.hasOwn(problems, element.id));
    first?.focus();
  });
}
