import type { Actor, AuditAction, AuditEvent } from "../../domain/audit/audit-event.js";
import type { ThrottledRedeemInput } from "../../domain/enrolment/mfa-store.js";
import { MfaError } from "../../domain/errors.js";
import type { Factor, UserMfa } from "../../domain/factor/factor.js";
import type { Method } from "../../domain/factor/method.js";
import type { ClaimedRequest } from "../../domain/idempotency/request-log.js";
import type { Notice } from "../../domain/notice/notice.js";
import type { LoginScope } from "../../domain/throttle/throttle-scope.js";
import type { UserId } from "../../domain/user-id.js";
import type { Charge, ChargedGuess, GuessOutcome } from "../../domain/verification/attempt-store.js";
import type { AcceptResult, CodeMatch } from "../../domain/verification/code-match.js";
import type { OneTimeCode } from "../../domain/verification/one-time-code.js";
import type { Rejection } from "../../domain/verification/rejection.js";
import type { Deps } from "../dependencies/deps.js";
import { requireOwn, requireUsable } from "../factor/method-gate.js";
import { lockoutNotice } from "../notice/lockout-notice.js";
import { notifyUser } from "../notice/notify-user.js";
import { trackSmsConversion } from "../send-quota/track-sms-conversion.js";
import { refusal, rejectCode, requireWithinRate, resetAttempts } from "./attempt.js";
import { chargeAttempt, type GuessInput } from "./charge-attempt.js";
import { type Comparison, matchCode } from "./match-code.js";
import { type ChargedAttempt, chargeAfterCompare, refundAttempt, wasAcceptedLast } from "./refund-attempt.js";
import { durableLock, throttleOf } from "./throttle.js";

/** A code that an active user gives, for whatever it shall permit. */
export interface CodeInput {
  readonly userId: UserId;
  readonly code: OneTimeCode;
  /** Undefined: by the shape of the code. */
  readonly method?: Method | undefined;
  /** Undefined: whichever challenge is pending. Not for backup codes. */
  readonly challengeId?: string | undefined;
  readonly actor: Actor;
}

/** What a right code is redeemed for: one write of the store that claims the proof and does the work. */
export type Redeem = (input: ThrottledRedeemInput) => Promise<AcceptResult>;

export interface Accepted {
  readonly outcome: "accepted";
  readonly method: Method;
  readonly factorId: string;
  readonly at: Date;
  readonly backupCodesRemaining: number;
}

/** What a code is checked for. */
export interface CodeAction {
  readonly name: AuditAction;
  readonly redeem: Redeem;
  /** What the user is told of a code that was accepted. */
  readonly notice: (accepted: Accepted) => Notice | undefined;
}

/** A code of an active user, and what the attempt met when it was charged. */
interface Attempt extends ChargedAttempt {
  readonly input: CodeInput;
  readonly action: CodeAction;
  readonly user: UserMfa;
  readonly factor: Factor;
  readonly lane: LoginScope;
  readonly method: Method;
  readonly guessed: GuessOutcome;
}

/**
 * Checks a code of an active user and, when it is right, redeems it.
 *
 * The attempt is charged before anything is compared (CVE-2023-47111), beside the read of the user. Every path that can accept a code of
 * an active user goes through here, so that none escapes the lock (CVE-2026-9798).
 */
export async function checkCode(
  deps: Deps,
  input: CodeInput,
  action: CodeAction,
): Promise<Accepted | Rejection> {
  const [user, charged] = await Promise.all([
    deps.store.readUser(input.userId),
    chargeAttempt(deps, loginScopeOfCode(input), guessInput(input)),
  ]);
  return checkCharged(deps, { input, action, user, charged });
}

/** A code whose attempt was charged, beside the read of its user. */
export interface ChargedCode {
  readonly input: CodeInput;
  readonly action: CodeAction;
  readonly user: UserMfa | undefined;
  readonly charged: ChargedGuess;
  /** The request that it was charged for, where it may be sent again. */
  readonly request?: ClaimedRequest | undefined;
}

export async function checkCharged(deps: Deps, code: ChargedCode): Promise<Accepted | Rejection> {
  const { input, action, user, request } = code;
  const { charge, guessed } = code.charged;
  const { userId, actor } = input;
  const lane = loginScopeOfCode(input);
  requireWithinRate(charge);
  let own: OwnFactor;
  try {
    own = ownFactor(deps, user, input);
  } catch (error) {
    // The refusal is the same for every code.
    await refundAttempt(deps, { userId, actor, lane, charge, request }, { token: true });
    throw error;
  }
  const { factor, method } = own;
  const attempt = {
    userId,
    actor,
    input,
    action,
    user: own.user,
    factor,
    lane,
    method,
    charge,
    guessed,
    request,
  };
  const checked = await judge(deps, attempt);
  const notice =
    checked.outcome === "accepted" ? action.notice(checked) : lockoutNotice(own.user, lane, checked);
  if (notice !== undefined) notifyUser(deps, { userId, factor, actor }, notice);
  return checked;
}

export function loginScopeOfCode({ code }: Pick<CodeInput, "code">): LoginScope {
  return code.shape === "backup" ? "backup" : "primary";
}

export function guessInput({ userId, code, method, challengeId }: CodeInput): GuessInput {
  const digits = code.shape === "digits" ? code.digits : undefined;
  return { userId, purpose: "verify", digits, method, challengeId };
}

interface OwnFactor {
  readonly user: UserMfa;
  readonly factor: Factor;
  readonly method: Method;
}

/** The active factor that the code is for. Throws where the user has none, or the method is not the user's or may not be used now. */
export function ownFactor(deps: Deps, user: UserMfa | undefined, input: CodeInput): OwnFactor {
  if (user?.enabled !== true || user.factor?.state !== "active") {
    throw new MfaError("MFA_NOT_ENABLED", "the user has no active factor");
  }
  const method: Method = loginScopeOfCode(input) === "backup" ? "backup_code" : user.factor.method;
  requireOwn(method, input.method);
  requireUsable(deps.policy(), method);
  return { user, factor: user.factor, method };
}

/** Everything from here on leaves a row in the audit log. */
async function judge(deps: Deps, attempt: Attempt): Promise<Accepted | Rejection> {
  const { userId, actor, input, action, user, factor, lane, method, charge } = attempt;
  const at = deps.now();
  // As it is written if the code is accepted; a refusal changes what it tells.
  const event: AuditEvent = { action: action.name, outcome: "succeeded", userId, method, actor, at };
  const locked = durableLock(deps, attempt, at);
  if (locked !== undefined) {
    await deps.store.recordRejection(
      { ...event, outcome: "rejected", reason: "TOO_MANY_ATTEMPTS" },
      undefined,
    );
    return locked;
  }
  if (!charge.admitted) return rejectCode(deps, { event, reason: "TOO_MANY_ATTEMPTS", charge });
  const compared = await compare(deps, attempt, at);
  if (compared.proof === undefined) {
    const standing = await chargeAfterCompare(deps, attempt, compared);
    return rejectCode(deps, { event, charge: standing, user, ...refusal(compared.reason, lane) });
  }
  const { proof } = compared;
  const redemption = await action.redeem({ userId, proof, at, event, throttle: throttleOf(deps, user) });
  if (redemption.outcome === "redeemed" && lane === "primary") trackSmsConversion(deps, input, factor);
  return settle(deps, attempt, { redemption, proof, event });
}

async function compare(deps: Deps, { input, user, factor, guessed }: Attempt, at: Date): Promise<Comparison> {
  const { userId, code, challengeId } = input;
  if (code.shape === "digits") {
    const { digits } = code;
    return matchCode(deps, { userId, factor, purpose: "verify", digits, challengeId, guessed, at });
  }
  const set = user.backupCodes;
  if (set === undefined) return { proof: undefined, reason: "INVALID_CODE", compared: true };
  const hash = await deps.hasher.hash(code.canonical, set);
  return { proof: { kind: "backup-code", generation: set.generation, hash } };
}

async function settle(
  deps: Deps,
  attempt: Attempt,
  {
    redemption,
    proof,
    event,
  }: { readonly redemption: AcceptResult; readonly proof: CodeMatch; readonly event: AuditEvent },
): Promise<Accepted | Rejection> {
  const { user, factor, charge, lane, method } = attempt;
  switch (redemption.outcome) {
    case "redeemed": {
      resetAttempts(deps, event, lane);
      const backupCodesRemaining = redemption.backupCodesRemaining ?? user.backupCodes?.remaining ?? 0;
      return { outcome: "accepted", method, factorId: factor.id, at: event.at, backupCodesRemaining };
    }
    case "replayed": {
      const standing = await chargeAfterReplay(deps, attempt, proof);
      return rejectCode(deps, { event, charge: standing, ...refusal("CODE_REPLAYED", lane) });
    }
    case "unknown":
      return rejectCode(deps, { event, charge, user, ...refusal("INVALID_CODE", lane) });
    case "gone":
      return rejectCode(deps, { event, reason: "NO_PENDING_CHALLENGE", charge });
    case "locked":
      return rejectCode(deps, { event, reason: "TOO_MANY_ATTEMPTS", charge });
  }
}

/** A backup code that is known and spent was the user's; of a factor's codes only the one that was accepted last is. */
async function chargeAfterReplay(deps: Deps, attempt: Attempt, proof: CodeMatch): Promise<Charge> {
  const own = proof.kind === "backup-code" || (await wasAcceptedLast(deps, attempt, proof.mark));
  return own ? refundAttempt(deps, attempt, { token: false }) : attempt.charge;
}
