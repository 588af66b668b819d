/** How much may come at once, and how much of it comes back in a second. */
export interface Budget {
  readonly burst: number;
  readonly perSecond: number;
}

/** Spends a budget. Times are monotonic milliseconds. */
export class TokenBucket {
  #tokens: number;

  constructor(
    private readonly budget: Budget,
    private updatedAt: number,
  ) {
    this.#tokens = budget.burst;
  }

  /** False, and nothing spent, when the budget is used up. */
  take(now: number): boolean {
    const { burst, perSecond } = this.budget;
    this.#tokens = Math.min(burst, this.#tokens + ((now - this.updatedAt) / 1_000) * perSecond);
    this.updatedAt = now;
    if (this.#tokens < 1) return false;
    this.#tokens -= 1;
    return true;
  }
}
