/** Counts work that must end before the stores may be closed. */
export class InFlight {
  #count = 0;
  readonly #waiting: (() => void)[] = [];

  add(): void {
    this.#count += 1;
  }

  remove(): void {
    this.#count -= 1;
    if (this.#count === 0) for (const resolve of this.#waiting.splice(0)) resolve();
  }

  /** Resolves once nothing is in flight; immediately if nothing is. */
  async idle(): Promise<void> {
    if (this.#count > 0) await new Promise<void>((resolve) => this.#waiting.push(resolve));
  }
}
