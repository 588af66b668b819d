import type { AuditEvent } from "../../domain/audit/audit-event.js";
import { acceptanceNotice, lockoutNotice } from "../../domain/delivery/notice.js";
import type { AcceptCodeInput } from "../../domain/enrolment/mfa-store.js";
import type { UserMfa } from "../../domain/factor/factor.js";
import type { Method } from "../../domain/factor/method.js";
import type { ChargedGuess, GuessOutcome } from "../../domain/verification/attempt-store.js";
import type { AcceptFor, AcceptResult, Comparison } from "../../domain/verification/code-match.js";
import { loginScopeOfCode } from "../../domain/verification/one-time-code.js";
import type { ClaimedRequest } from "../../domain/verification/request-log.js";
import { type NotifyDeps, notifyUser } from "../delivery/notify-user.js";
import { type ConversionDeps, trackSmsConversion } from "../delivery/track-sms-conversion.js";
import type { Deps } from "../dependencies/deps.js";
import { type OwnFactor, ownFactor } from "../factor/method-gate.js";
import { type BackupCodeDeps, newBackupCodes } from "../factor/new-backup-codes.js";
import {
  type ChargeDeps,
  chargeAttempt,
  chargeOnce,
  type RefundDeps,
  refundAttempt,
  resetAttempts,
} from "./charge-attempt.js";
import type { Checked, CodeInput, GuessInput, Repeated } from "./checked-code.js";
import { type MatchDeps, matchCode, WRONG } from "./match-code.js";
import {
  type LoginAttempt,
  recordLocked,
  rejectCode,
  rejectUnaccepted,
  rejectUnmatched,
} from "./reject-code.js";
import { durableLock, type RecordDeps, requireWithinRate, throttleOf } from "./throttle.js";

type CheckDeps = ChargeDeps &
  MatchDeps &
  RecordDeps &
  RefundDeps &
  NotifyDeps &
  ConversionDeps &
  BackupCodeDeps;

/** A code whose attempt was charged, and its user, who was read concurrently. */
interface Attempt extends LoginAttempt {
  readonly input: CodeInput;
  readonly acceptFor: AcceptFor;
  readonly method: Method;
  readonly guessed: GuessOutcome;
}

/**
 * Checks a code of an active user and, when it is right, accepts it.
 *
 * The attempt is charged before anything is compared (CVE-2023-47111), concurrently with the read of the user. Every path that can accept a code of
 * an active user goes through here, so that none bypasses the lock (CVE-2026-9798).
 */
export async function checkCode(deps: CheckDeps, input: CodeInput, acceptFor: AcceptFor): Promise<Checked> {
  const [user, charged] = await Promise.all([
    deps.store.readUser(input.userId),
    chargeAttempt(deps, loginScopeOfCode(input.code), loginGuess(input)),
  ]);
  return checkCharged(deps, { input, acceptFor, user, charged });
}

/** As `checkCode` for a login, for a request that may be sent again: it is claimed and charged once, in the same step. */
export async function checkCodeOnce(
  deps: CheckDeps,
  input: CodeInput,
  request: ClaimedRequest,
): Promise<Checked | Repeated> {
  const [user, charged] = await Promise.all([
    deps.store.readUser(input.userId),
    chargeOnce(deps, request, { scope: loginScopeOfCode(input.code), input: loginGuess(input) }),
  ]);
  if (charged.state !== "charged") return { ...charged, user };
  return checkCharged(deps, { input, acceptFor: "verify_code", user, charged, request });
}

interface ChargedCode {
  readonly input: CodeInput;
  readonly acceptFor: AcceptFor;
  readonly user: UserMfa | undefined;
  readonly charged: ChargedGuess;
  /** The request that it was charged for, if it may be sent again. */
  readonly request?: ClaimedRequest | undefined;
}

async function checkCharged(deps: CheckDeps, code: ChargedCode): Promise<Checked> {
  const { input, acceptFor, request } = code;
  const { charge, guessed } = code.charged;
  const { userId, actor } = input;
  const scope = loginScopeOfCode(input.code);
  requireWithinRate(charge);
  const charged = { userId, actor, scope, charge, request };
  let own: OwnFactor;
  try {
    own = ownFactor(deps.policy(), code.user, { scope, asked: input.method });
  } catch (error) {
    // The error is the same for every code.
    await refundAttempt(deps, charged, { token: true });
    throw error;
  }
  const { user, factor, method } = own;
  const checked = await judge(deps, { ...charged, input, acceptFor, user, factor, method, guessed });
  const notice =
    checked.outcome === "accepted"
      ? acceptanceNotice(acceptFor, checked)
      : lockoutNotice(user, scope, checked);
  if (notice !== undefined) notifyUser(deps, { userId, factor, actor }, notice);
  return checked;
}

/** Everything from here on leaves a row in the audit log. */
async function judge(deps: CheckDeps, attempt: Attempt): Promise<Checked> {
  const { userId, actor, acceptFor, user, factor, scope, method, charge } = attempt;
  const at = deps.now();
  // The event as written if the code is accepted. A rejection changes it.
  const event: AuditEvent = { action: acceptFor, outcome: "succeeded", userId, method, actor, at };
  const locked = durableLock(deps, attempt, at);
  if (locked !== undefined) {
    await recordLocked(deps, event);
    return { ...locked, method };
  }
  if (!charge.admitted) return rejectCode(deps, { event, reason: "TOO_MANY_ATTEMPTS", charge });
  const compared = await compare(deps, attempt, at);
  if (compared.match === undefined) return rejectUnmatched(deps, attempt, { unmatched: compared, event });
  const { match } = compared;
  const accepted = { userId, match, at, event, throttle: throttleOf(deps, user) };
  const { result, newBackupCodes } = await accept(deps, accepted, acceptFor);
  if (result.outcome !== "accepted")
    return rejectUnaccepted(deps, attempt, { outcome: result.outcome, match, event });
  resetAttempts(deps, event, scope);
  if (scope === "primary") trackSmsConversion(deps, attempt, factor);
  const backupCodesRemaining = result.backupCodesRemaining ?? user.backupCodes?.remaining ?? 0;
  return { outcome: "accepted", method, factorId: factor.id, at, backupCodesRemaining, newBackupCodes };
}

/** One write that accepts the match and makes the change that it was accepted for. */
async function accept(
  deps: BackupCodeDeps & Pick<Deps, "store">,
  input: AcceptCodeInput,
  acceptFor: AcceptFor,
): Promise<{ readonly result: AcceptResult; readonly newBackupCodes?: readonly string[] }> {
  switch (acceptFor) {
    case "verify_code":
      return { result: await deps.store.acceptCode(input) };
    case "disable_mfa":
      return { result: await deps.store.disable(input) };
    case "regenerate_backup_codes": {
      // Made only after the code has matched: a guess must not cost ten slow hashes.
      const { shown, set } = await newBackupCodes(deps);
      const result = await deps.store.replaceBackupCodes({ ...input, backupCodes: set });
      return { result, newBackupCodes: shown };
    }
  }
}

async function compare(
  deps: MatchDeps & Pick<Deps, "hasher">,
  { input, user, factor, guessed }: Attempt,
  at: Date,
): Promise<Comparison> {
  const { userId, code, challengeId } = input;
  const { requestId } = input.actor;
  if (code.shape === "digits") {
    const { digits } = code;
    const given = { userId, factor, purpose: "verify", digits, challengeId, guessed, at, requestId } as const;
    return matchCode(deps, given);
  }
  const set = user.backupCodes;
  if (set === undefined) return WRONG;
  const hash = await deps.hasher.hash(code.canonical, set, requestId);
  return { match: { kind: "backup-code", generation: set.generation, hash } };
}

function loginGuess({ userId, code, method, challengeId }: CodeInput): GuessInput {
  const digits = code.shape === "digits" ? code.digits : undefined;
  return { userId, purpose: "verify", digits, method, challengeId };
}
