import type { Actor } from "../../domain/audit/audit-event.js";
import type { Challenge } from "../../domain/challenge/challenge.js";
import { destinationContext } from "../../domain/crypto/secret-cipher.js";
import type { SentMethod } from "../../domain/factor/method.js";
import type { UserId } from "../../domain/user-id.js";
import { type SendCodeDeps, sendCode } from "../challenge/send-code.js";
import type { Deps } from "../dependencies/deps.js";
import { admitDestination } from "../factor/admit-destination.js";
import { type BeginDeps, beginEnrolment } from "./begin-enrolment.js";

/** The first code to a new phone number or address. */
export interface SentEnrolment {
  readonly method: SentMethod;
  readonly challenge: Challenge;
}

/**
 * Stores the pending factor between opening its challenge and sending the code. A call that a limit refuses therefore leaves an earlier enrolment
 * unchanged, and the code never arrives before the factor exists.
 */
export async function enrolSent(
  deps: BeginDeps & SendCodeDeps & Pick<Deps, "cipher" | "randomId">,
  input: {
    readonly userId: UserId;
    readonly method: SentMethod;
    readonly written: string;
    readonly locale: string;
    readonly actor: Actor;
  },
): Promise<{ readonly enrolment: SentEnrolment; readonly backupCodes: readonly string[] }> {
  const { userId, method } = input;
  const destination = admitDestination(deps, method, input.written);
  const id = deps.randomId();
  const lifetimeMs = deps.policy().codeExpiryMs;
  let backupCodes: readonly string[] = [];
  const challenge = await sendCode(
    deps,
    { ...input, purpose: "enrol", factor: { id, replayCounter: 0n }, destination, lifetimeMs },
    async () => {
      const context = destinationContext(userId, { id, method });
      const sealedDestination = deps.cipher.seal(destination.address, context);
      backupCodes = await beginEnrolment(deps, input, { id, method, sealedDestination });
    },
  );
  return { enrolment: { method, challenge }, backupCodes };
}
