/** What shares a count of wrong codes and a lock. Enrolment has its own, so that neither enrolment nor login resets the other's count. */
export type ThrottleScope = LoginScope | "enrolment";

/** The throttle scopes of an enrolled user: codes of the factor, and backup codes. */
export type LoginScope = "primary" | "backup";
