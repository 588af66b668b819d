import type { Actor } from "../domain/audit/audit-event.js";
import { destinationContext } from "../domain/crypto/secret-cipher.js";
import { maskDestination } from "../domain/destination/destination.js";
import type { Factor, UserMfa } from "../domain/factor/factor.js";
import type { FactorMethod } from "../domain/factor/method.js";
import { metLimit } from "../domain/throttle/failure-limits.js";
import { MAX_CONSECUTIVE_FAILURES } from "../domain/throttle/lockout-policy.js";
import type { UserId } from "../domain/user-id.js";
import { recordRead } from "./audit/record-read.js";
import type { Deps } from "./dependencies/deps.js";
import { throttleOf } from "./verification/throttle.js";

export interface MfaStatus {
  readonly enabled: boolean;
  readonly verified: boolean;
  readonly method: FactorMethod | undefined;
  /** Undefined for a method whose codes are not sent. */
  readonly maskedDestination: string | undefined;
  readonly backupCodesRemaining: number;
  readonly createTime: Date | undefined;
  readonly verifyTime: Date | undefined;
  readonly lastUseTime: Date | undefined;
  readonly lockExpireTime: Date | undefined;
  readonly unlockRequired: boolean;
}

/** Returns what a user has enrolled. */
export async function getMfaStatus(
  deps: Deps,
  input: { readonly userId: UserId; readonly actor: Actor },
): Promise<MfaStatus> {
  const status = await readStatus(deps, input);
  await recordRead(deps, { action: "get_mfa_status", ...input });
  return status;
}

async function readStatus(
  deps: Deps,
  { userId, actor }: { readonly userId: UserId; readonly actor: Actor },
): Promise<MfaStatus> {
  const [user, lockMs] = await Promise.all([
    deps.store.readUser(userId),
    deps.attempts.lockRemainingMs(userId, "primary"),
  ]);
  if (user?.factor === undefined) return NOTHING_ENROLLED;
  const { enabled, verified, method, createTime, verifyTime, lastUseTime } = user;
  return {
    enabled,
    verified,
    method,
    maskedDestination: maskedDestination(deps, { userId, factor: user.factor, actor }),
    // Backup codes cannot be used, so none are reported, until the factor is active.
    backupCodesRemaining: enabled ? (user.backupCodes?.remaining ?? 0) : 0,
    createTime,
    verifyTime,
    lastUseTime,
    lockExpireTime: lockExpireTime(deps, user, lockMs),
    unlockRequired: user.consecutiveFailures.primary >= MAX_CONSECUTIVE_FAILURES,
  };
}

/** The end of the longest lock: of the lockout schedule, or of the failures on record. */
function lockExpireTime(deps: Deps, user: UserMfa, lockMs: number | undefined): Date | undefined {
  const at = deps.now();
  const met = metLimit(user.failures.primary, throttleOf(deps, user), at);
  const ends = [lockMs === undefined ? 0 : at.getTime() + lockMs, met?.openTime.getTime() ?? 0];
  const last = Math.max(...ends);
  return last === 0 ? undefined : new Date(last);
}

function maskedDestination(
  deps: Deps,
  { userId, factor, actor }: { readonly userId: UserId; readonly factor: Factor; readonly actor: Actor },
): string | undefined {
  if (factor.method === "totp") return undefined;
  return maskDestination(
    factor.method,
    deps.cipher.open(factor.sealedDestination, destinationContext(userId, factor), actor.requestId),
  );
}

const NOTHING_ENROLLED: MfaStatus = {
  enabled: false,
  verified: false,
  method: undefined,
  maskedDestination: undefined,
  backupCodesRemaining: 0,
  createTime: undefined,
  verifyTime: undefined,
  lastUseTime: undefined,
  lockExpireTime: undefined,
  unlockRequired: false,
};
