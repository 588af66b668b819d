/** Prefixes of the ids of users with a fault. Without the test kit they have no meaning. */
export const TEST_USERS = {
  /** Locked out of logging in. */
  locked: "always-locked",
  /** No login code reaches them. */
  undelivered: "delivery-fails",
  /** No code that confirms an enrolment reaches them. */
  unconfirmed: "setup-delivery-fails",
  /** The store is unavailable for calls about them. */
  storeAway: "store-away",
} as const;
