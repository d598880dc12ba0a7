/** Small parts that all views use. */

import type { ButtonHTMLAttributes, ComponentChildren } from "preact";
import { useEffect, useId, useRef, useState } from "preact/hooks";
import { announce, notify } from "../announce";
import { texts } from "../texts";

type ButtonProps = ButtonHTMLAttributes<HTMLButtonElement> & {
  kind?: "primary" | "plain" | "quiet" | "danger";
  small?: boolean;
  busy?: boolean;
  disabled?: boolean;
  type?: "button" | "submit";
};

export function Button({ kind = "plain", small, busy, disabled, type = "button", children, ...more }: ButtonProps) {
  // A disabled button loses the focus: `aria-disabled` keeps it where it is while something runs.
  return (
    <button {...more} type={type} class={`button ${kind}${small ? " small" : ""}`} disabled={disabled ?? false} aria-busy={busy ?? false}>
      {busy && <span class="spinner" aria-hidden="true" />}
      {children}
    </button>
  );
}

/** Copies a text. */
export function Copy({ text, what }: { text: string; what: string }) {
  const [done, setDone] = useState(false);
  useEffect(() => {
    if (!done) return;
    const timer = setTimeout(() => setDone(false), 2_000);
    return () => clearTimeout(timer);
  }, [done]);
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(text);
      setDone(true);
      announce(texts.shell.copied);
    } catch {
      notify(texts.shell.copyFailed, "error");
    }
  };
  return (
    <button type="button" class={`copy${done ? " done" : ""}`} aria-label={texts.shell.copyWhat(what)} title={texts.shell.copyWhat(what)} onClick={() => void copy()}>
      <svg viewBox="0 0 16 16" aria-hidden="true">
        {done ? <path d="m3 8.5 3.2 3.2L13 5" /> : <path d="M5.5 5.5h7v8h-7zM3.5 10.5v-8h7" />}
      </svg>
    </button>
  );
}

/** A link to another page of the web, which learns nothing of this one. */
export function Out({ href, children, class: name }: { href: string; children: ComponentChildren; class?: string }) {
  return (
    <a class={name} href={href} target="_blank" rel="noopener noreferrer">
      {children}
      <span class="unseen"> {texts.shell.newTab}</span>
    </a>
  );
}

/** A long identifier: its beginning and end, the whole of it for screen readers and when it is copied. */
export function Id({ id, what, keep = 6 }: { id: string; what: string; keep?: number }) {
  const short = id.length > keep * 2 + 4 ? `${id.slice(0, keep + 2)}…${id.slice(-keep)}` : id;
  return (
    <span class="id">
      <code title={id}>{short}</code>
      <Copy text={id} what={what} />
    </span>
  );
}

/** Something that people should know: `bad` is read out at once. */
export function Message({ kind, children }: { kind: "good" | "warn" | "bad" | "info"; children: ComponentChildren }) {
  return (
    <div class={`message ${kind}`} role={kind === "bad" ? "alert" : undefined}>
      {children}
    </div>
  );
}

export function Loading({ text = texts.shell.loading }: { text?: string }) {
  return (
    <p class="loading" role="status">
      <span class="spinner" aria-hidden="true" /> {text}
    </p>
  );
}

/** A part of a total, as a bar. */
export function Bar({ part, total, label, tone = "good" }: { part: number; total: number; label: string; tone?: "good" | "warn" | "bad" }) {
  const percent = total > 0 ? Math.min(100, Math.max(0, (100 * part) / total)) : 0;
  return (
    <div class="bar" role="meter" aria-label={label} aria-valuemin={0} aria-valuemax={100} aria-valuenow={Math.round(percent)}>
      <div class={`fill ${tone}`} style={{ width: `${percent}%` }} />
    </div>
  );
}

/** A window above the page. It has the focus until it is closed; Escape closes it. */
export function Dialog({ heading, onClose, children, closable = true }: { heading: string; onClose: () => void; children: ComponentChildren; closable?: boolean }) {
  const dialog = useRef<HTMLDialogElement>(null);
  const id = useId(); // there may be two: the form that signs in again is above all others
  useEffect(() => {
    const shown = dialog.current;
    const before = document.activeElement;
    shown?.showModal();
    return () => {
      shown?.close();
      // What had the focus may be gone with what was done: then the page's heading gets it.
      setTimeout(() => {
        const target = before instanceof HTMLElement && before.isConnected ? before : document.querySelector<HTMLElement>("h1");
        if (!document.querySelector("dialog[open]")) target?.focus();
      });
    };
  }, []);
  return (
    <dialog
      ref={dialog}
      aria-labelledby={id}
      onCancel={(event) => {
        event.preventDefault(); // the one who opened it closes it
        if (closable) onClose();
      }}
    >
      <h2 id={id}>{heading}</h2>
      {children}
    </dialog>
  );
}

/** The heading of a view. It gets the focus when the view comes, so that screen readers begin there. */
export function Heading({ children }: { children: ComponentChildren }) {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => heading.current?.focus({ preventScroll: true }), []);
  return (
    <h1 ref={heading} tabIndex={-1}>
      {children}
    </h1>
  );
}
