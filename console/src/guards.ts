/** Reasons not to leave: work that would be lost. */

const reasons = new Set<() => string | null>();

/** `reason` says what would be lost now, or null. Gives what takes it back. */
export function guard(reason: () => string | null): () => void {
  reasons.add(reason);
  return () => reasons.delete(reason);
}

export function wouldBeLost(): string[] {
  return [...reasons].map((reason) => reason()).filter((text) => text !== null);
}

addEventListener("beforeunload", (event) => {
  if (wouldBeLost().length > 0) event.preventDefault();
});
