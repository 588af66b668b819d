/** The authenticated backend service behind a call. */
export interface Caller {
  /** Stable name of the service, for audit rows, limits and logs. Never a secret. */
  readonly id: string;
  /** Its own limit on calls. Absent: the policy's limit applies. */
  readonly requestsPerMinute?: number;
  /** Whether its answers hide if a user exists and is enrolled. */
  readonly uniformAnswers?: boolean;
}
