import type { UserId } from "../../domain/user-id.js";
import type { Deps } from "../dependencies/deps.js";
import type { AdminInput } from "./admin-event.js";

/** An administrative act whose answer may say that there is no such user. */
export interface AdminAct extends AdminInput {
  /** Whether the answer may say that the user is unknown. */
  readonly tellUnknown: boolean;
}

export interface AdminOutcome {
  readonly at: Date;
  /** Whether the user was unknown before, most likely because of a typing error. Always false for a caller that may not learn it. */
  readonly userUnknown: boolean;
}

/**
 * Whether there is no trace of an enrolment of the user. Read before the change, which may erase the traces. For a caller that may not learn it there
 * is no read, so that the response time does not reveal it either.
 */
export async function isUnknown(
  { admin }: Pick<Deps, "admin">,
  { userId, tellUnknown }: { readonly userId: UserId; readonly tellUnknown: boolean },
): Promise<boolean> {
  return tellUnknown && !(await admin.isKnown(userId));
}
