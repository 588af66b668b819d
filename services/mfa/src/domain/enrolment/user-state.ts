import type { FactorMethod } from "../factor/method.js";

/** The state of a user's enrolment. Each user is in exactly one. */
export type UserState = "pending" | "enabled" | "unlock_required" | "not_enrolled";

export interface UserStateCount {
  readonly state: UserState;
  readonly method: FactorMethod | undefined;
  readonly count: bigint;
}
