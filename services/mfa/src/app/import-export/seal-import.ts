import type { AuditEvent } from "../../domain/audit/audit-event.js";
import { destinationContext, secretContext } from "../../domain/crypto/secret-cipher.js";
import type { BackupCodeSet } from "../../domain/factor/backup-code.js";
import type { Factor } from "../../domain/factor/factor.js";
import { totpStep } from "../../domain/factor/totp.js";
import type { UserImport } from "../../domain/import-export/import-store.js";
import type { Deps } from "../dependencies/deps.js";
import type { AdmittedUser } from "./admit-import.js";

/** A user ready to be stored immediately: the time of the event is the time of enrolment. Backup codes were hashed before, which is slow. */
export function sealImport(
  deps: Pick<Deps, "cipher" | "randomId">,
  { user, backupCodes }: { readonly user: AdmittedUser; readonly backupCodes: BackupCodeSet | undefined },
  event: Pick<AuditEvent, "actor" | "at" | "details">,
): UserImport {
  const { userId, state, consecutiveFailures } = user;
  const { method } = user.factor;
  const details = { ...event.details, ...(state === "pending" ? { state } : {}) };
  return {
    userId,
    factor: sealFactor(deps, user, event.at),
    backupCodes,
    consecutiveFailures,
    event: { ...event, details, action: "import_user", outcome: "succeeded", method, userId },
  };
}

function sealFactor(
  { cipher, randomId }: Pick<Deps, "cipher" | "randomId">,
  user: AdmittedUser,
  createTime: Date,
): Factor {
  const { userId, factor, state } = user;
  const id = randomId();
  const base = {
    id,
    state,
    createTime,
    replayCounter: user.replayCounter ?? firstReplayCounter(user, createTime),
  };
  if (factor.method !== "totp") {
    const { method, address } = factor;
    const sealedDestination = cipher.seal(address, destinationContext(userId, { id, method }));
    return { ...base, method, sealedDestination };
  }
  const { method, secret, parameters } = factor;
  const sealedSecret = cipher.seal(secret, secretContext(userId, id));
  return { ...base, method, parameters, sealedSecret, sealedNoticeEmail: undefined };
}

/**
 * If the other system kept no replay counter, every code that it can have accepted by now counts as spent (RFC 6238 section 5.2), including those of
 * a clock one step ahead. A pending factor has accepted none, and codes that others sent are not known here.
 */
function firstReplayCounter({ factor, state }: AdmittedUser, now: Date): bigint {
  return factor.method === "totp" && state === "active" ? totpStep(now, factor.parameters) + 1n : 0n;
}
