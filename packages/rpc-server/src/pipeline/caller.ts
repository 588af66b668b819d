/** The program behind a call, which a credential has named. What a service knows of its callers beyond this passes through unchanged. */
export interface Caller {
  /** Stable name, for limits and logs. Never a secret. */
  readonly id: string;
}
