/** A file that cannot be read as it was when it was chosen. */
export class ChangedError extends Error {
  override readonly name = "ChangedError";

  constructor(readonly path: string) {
    super(`${path} has changed, or cannot be read`);
  }
}
