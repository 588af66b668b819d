/** A time of day that a test states and moves. */
export class TestClock {
  #at: number;

  constructor(start = "2026-11-23T12:00:10Z") {
    this.#at = Date.parse(start);
  }

  readonly now = (): Date => new Date(this.#at);

  get ms(): number {
    return this.#at;
  }

  advance(seconds: number): void {
    this.#at += seconds * 1000;
  }
}
