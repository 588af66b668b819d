import type { UserId } from "../../domain/user-id.js";
import type { Deps } from "../dependencies/deps.js";
import type { AdminInput } from "./admin-event.js";

/** An administrative act whose answer may say that there is no such user. */
export interface AdminAct extends AdminInput {
  /** Whether the caller may be told who is unknown. */
  readonly tellUnknown: boolean;
}

export interface AdminOutcome {
  readonly at: Date;
  /** Whether the user was unknown before, most likely by a typing error. Always false for a caller that may not be told. */
  readonly userUnknown: boolean;
}

/**
 * Whether nothing shows that the user ever began an enrolment. Asked before the change, which may erase what shows it. Who may not be told
 * costs no read, so that the time of the answer does not tell either.
 */
export async function isUnknown(
  { admin }: Pick<Deps, "admin">,
  { userId, tellUnknown }: { readonly userId: UserId; readonly tellUnknown: boolean },
): Promise<boolean> {
  return tellUnknown && !(await admin.isKnown(userId));
}
