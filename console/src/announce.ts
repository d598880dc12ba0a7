/** What screen readers say, and what shows at the foot of the page for a while. */

import { Store } from "./store";

export interface Notice {
  readonly text: string;
  readonly kind: "info" | "error";
  readonly id: number;
}

export const notice = new Store<Notice | null>(null);
export const spoken = new Store("");

let last = 0;

/** Shows a message, and has it read out. An error stays until it is dismissed. */
export function notify(text: string, kind: "info" | "error" = "info"): void {
  const id = ++last;
  notice.set({ text, kind, id });
  if (kind === "info") setTimeout(() => notice.value?.id === id && notice.set(null), 6_000);
}

/** Has a message read out, and shows nothing. */
export function announce(text: string): void {
  // The same text again would be no change, which nobody reads out.
  spoken.set(text === spoken.value ? `${text}\u00a0` : text);
}
