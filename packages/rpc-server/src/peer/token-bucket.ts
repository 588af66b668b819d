/** The size of the bucket, and its refill per second. */
export interface Budget {
  readonly burst: number;
  readonly perSecond: number;
}

/** Takes tokens. Times are monotonic milliseconds. */
export class TokenBucket {
  #tokens: number;

  constructor(
    private readonly budget: Budget,
    private updatedAt: number,
  ) {
    this.#tokens = budget.burst;
  }

  /** False, and nothing taken, if the bucket is empty. */
  take(now: number): boolean {
    const { burst, perSecond } = this.budget;
    this.#tokens = Math.min(burst, this.#tokens + ((now - this.updatedAt) / 1_000) * perSecond);
    this.updatedAt = now;
    if (this.#tokens < 1) return false;
    this.#tokens -= 1;
    return true;
  }
}
