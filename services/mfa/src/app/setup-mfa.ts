import type { Actor } from "../domain/audit/audit-event.js";
import type { SentMethod } from "../domain/factor/method.js";
import type { UserId } from "../domain/user-id.js";
import type { Deps } from "./dependencies/deps.js";
import { alreadyEnabled } from "./enrolment/begin-enrolment.js";
import { enrolSent, type SentEnrolment } from "./enrolment/enrol-sent.js";
import { enrolTotp, type TotpEnrolment } from "./enrolment/enrol-totp.js";
import { requireUsable } from "./factor/method-gate.js";
import { requireUnlocked } from "./verification/throttle.js";

/**
 * `accountName` is what an authenticator app shows beside the code; `email` an address for notices; `written` the phone number or address
 * as it was entered. Undefined: not given.
 */
export type SetupInput = { readonly userId: UserId; readonly actor: Actor } & (
  | { readonly method: "totp"; readonly accountName: string | undefined; readonly email: string | undefined }
  | { readonly method: SentMethod; readonly written: string; readonly locale: string }
);

/** A pending factor, with what is shown only once. */
export interface PendingEnrolment {
  readonly enrolment: TotpEnrolment | SentEnrolment;
  readonly backupCodes: readonly string[];
  readonly expireTime: Date;
}

/** Starts enrolment. Only the newest pending factor can be confirmed; it has no effect until then. */
export async function setupMfa(deps: Deps, input: SetupInput): Promise<PendingEnrolment> {
  const policy = deps.policy();
  requireUsable(policy, input.method);
  // Checked early to save slow hashes or a message; the store decides again, atomically.
  const user = await deps.store.readUser(input.userId);
  if (user?.enabled === true) throw alreadyEnabled();
  if (input.method === "totp") {
    const expireTime = new Date(deps.now().getTime() + policy.codeExpiryMs);
    return { ...(await enrolTotp(deps, input)), expireTime };
  }
  requireUnlocked(deps, user);
  const sent = await enrolSent(deps, input);
  return { ...sent, expireTime: sent.enrolment.challenge.expireTime };
}
