/** What shares a count of wrong codes and a lock. Enrolment has its own, so that neither side refills the other's guesses. */
export type ThrottleScope = LoginScope | "enrolment";

/** The throttle scopes of an enrolled user: codes of the factor, and backup codes. */
export type LoginScope = "primary" | "backup";
