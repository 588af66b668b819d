/** The authenticated backend service behind a call. */
export interface Caller {
  /** Stable name of the service, for audit rows, limits and logs. Never a secret. */
  readonly id: string;
  /** Its own limit on calls; absent, the policy's holds. */
  readonly requestsPerMinute?: number;
  /** Whether its answers do not tell users and their enrolment apart. */
  readonly uniformAnswers?: boolean;
}
