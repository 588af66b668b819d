/** The authenticated program behind a call. Further properties that a service adds are passed through unchanged. */
export interface Caller {
  /** Stable name, for limits and logs. Never a secret. */
  readonly id: string;
}
