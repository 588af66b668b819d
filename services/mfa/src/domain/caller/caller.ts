/** The authenticated backend service behind a call. */
export interface Caller {
  /** Stable name of the service, for audit rows, limits and logs. Never a secret. */
  readonly id: string;
  /** Its own limit on calls. Absent: the policy's limit applies. */
  readonly requestsPerMinute?: number;
  /** Whether its answers hide if a user exists and is enrolled. */
  readonly uniformAnswers?: boolean;
  /** Whether it may not read a user's status. Also absent without a callers file, when every call is permitted. */
  readonly statusDenied?: boolean;
}

/** Whether answers may say that a user is unknown: a caller that may read statuses learns nothing new from it, unless its answers are uniform. */
export function isToldUnknownUsers({ uniformAnswers, statusDenied }: Caller): boolean {
  return uniformAnswers !== true && statusDenied !== true;
}
