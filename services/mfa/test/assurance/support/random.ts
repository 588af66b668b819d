import { createHash } from "node:crypto";

/** A seeded source of choices for tests (sfc32): the same seed and labels give the same choices. No randomness for secrets. */
export class Random {
  readonly #state: Uint32Array;

  /** Labels make independent sources of one seed, such as one for each input: `new Random(seed, "fuzz", 17)`. */
  constructor(seed: number, ...labels: readonly (string | number)[]) {
    const digest = createHash("sha256")
      .update(JSON.stringify([seed, ...labels]))
      .digest();
    this.#state = Uint32Array.from([0, 4, 8, 12], (at) => digest.readUInt32LE(at));
  }

  /** A whole number from 0 up to, but not including, `end`. */
  below(end: number): number {
    return Math.floor((this.#next() / 2 ** 32) * end);
  }

  /** A whole number from `least` to `most`, both included. */
  between(least: number, most: number): number {
    return least + this.below(most - least + 1);
  }

  chance(probability: number): boolean {
    return this.#next() / 2 ** 32 < probability;
  }

  pick<T>(from: readonly T[]): T {
    if (from.length === 0) throw new Error("nothing to pick from");
    return from[this.below(from.length)] as T;
  }

  bytes(length: number): Buffer {
    return Buffer.from(Array.from({ length }, () => this.below(256)));
  }

  #next(): number {
    const s = this.#state;
    const result = (s[0]! + s[1]! + s[3]!) | 0;
    s[3] = s[3]! + 1;
    s[0] = s[1]! ^ (s[1]! >>> 9);
    s[1] = s[2]! + (s[2]! << 3);
    s[2] = ((s[2]! << 21) | (s[2]! >>> 11)) + result;
    return result >>> 0;
  }
}
