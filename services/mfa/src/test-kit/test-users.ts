/** What the ids of users with a fault begin with. Without the test kit such an id is one like any other. */
export const TEST_USERS = {
  /** Locked out of logging in. */
  locked: "always-locked",
  /** No code for a login reaches them. */
  undelivered: "delivery-fails",
  /** No code that confirms an enrolment reaches them. */
  unconfirmed: "setup-delivery-fails",
  /** The store is unavailable whenever they are asked about. */
  storeAway: "store-away",
} as const;
