/** Detects that written data does not reach the client. */
export class Stalled {
  #unsent = 0;
  #since: number | undefined;

  /** Whether `unsent` bytes, or an answer that is complete but not taken, have stayed the same for longer than `limitMs`. */
  forLongerThan(
    limitMs: number,
    state: { readonly now: number; readonly unsent: number; readonly waits: boolean },
  ): boolean {
    const { now, unsent, waits } = state;
    if (!waits || unsent !== this.#unsent) this.#since = undefined;
    this.#unsent = unsent;
    if (!waits) return false;
    this.#since ??= now;
    return now - this.#since >= limitMs;
  }
}
