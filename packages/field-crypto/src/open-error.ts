/** malformed: not an envelope; unknown-key: sealed under a key that is retired or not in the ring; authentication-failed: altered, or of another owner or field. */
export type OpenFailure = "malformed" | "unknown-key" | "authentication-failed";

/** An envelope could not be opened. It says why, and nothing about the envelope, its key or its context. */
export class OpenError extends Error {
  override readonly name = "OpenError";

  constructor(readonly reason: OpenFailure) {
    super(`envelope refused: ${reason}`);
  }
}
