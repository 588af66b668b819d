import type { Actor, AuditAction, AuditEvent } from "../../domain/audit/audit-event.js";
import type { ThrottledRedeemInput } from "../../domain/enrolment/mfa-store.js";
import { MfaError } from "../../domain/errors.js";
import type { Factor, UserMfa } from "../../domain/factor/factor.js";
import type { Lane, Method } from "../../domain/factor/method.js";
import type { ClaimedRequest } from "../../domain/idempotency/request-log.js";
import type { Notice } from "../../domain/notice/notice.js";
import type { UserId } from "../../domain/user-id.js";
import type { Charge, ChargedGuess, GuessOutcome } from "../../domain/verification/attempt-store.js";
import type { Proof, Redemption } from "../../domain/verification/code-match.js";
import type { OneTimeCode } from "../../domain/verification/one-time-code.js";
import type { Rejection } from "../../domain/verification/rejection.js";
import type { Deps } from "../dependencies/deps.js";
import { requireOwn, requireUsable } from "../factor/method-gate.js";
import { lockNotice } from "../notice/lockout-notice.js";
import { tellUser } from "../notice/notify-user.js";
import { countCompletion } from "../send-quota/track-sms-conversion.js";
import { forgive, refusal, refuse, requireWithinRate } from "./attempt.js";
import { chargeGuess, type GuessInput } from "./charge-attempt.js";
import { type Comparison, compareDigits } from "./match-code.js";
import { type ChargedAttempt, chargeAfterCompare, giveBack, wasAcceptedLast } from "./refund-attempt.js";
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
export type Redeem = (input: ThrottledRedeemInput) => Promise<Redemption>;

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
  readonly lane: Lane;
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
    chargeGuess(deps, laneOfCode(input), guessInput(input)),
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
  const lane = laneOfCode(input);
  requireWithinRate(charge);
  let own: OwnFactor;
  try {
    own = ownFactor(deps, user, input);
  } catch (error) {
    // The refusal is the same for every code.
    await giveBack(deps, { userId, actor, lane, charge, request }, { token: true });
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
    checked.outcome === "accepted" ? action.notice(checked) : lockNotice(own.user, lane, checked);
  if (notice !== undefined) tellUser(deps, { userId, factor, actor }, notice);
  return checked;
}

export function laneOfCode({ code }: Pick<CodeInput, "code">): Lane {
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
  const method: Method = laneOfCode(input) === "backup" ? "backup_code" : user.factor.method;
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
    await deps.store.recordRefusal({ ...event, outcome: "rejected", reason: "TOO_MANY_ATTEMPTS" }, undefined);
    return locked;
  }
  if (!charge.admitted) return refuse(deps, { event, reason: "TOO_MANY_ATTEMPTS", charge });
  const compared = await compare(deps, attempt, at);
  if (compared.proof === undefined) {
    const standing = await chargeAfterCompare(deps, attempt, compared);
    return refuse(deps, { event, charge: standing, user, ...refusal(compared.reason, lane) });
  }
  const { proof } = compared;
  const redemption = await action.redeem({ userId, proof, at, event, throttle: throttleOf(deps, user) });
  if (redemption.outcome === "redeemed" && lane === "primary") countCompletion(deps, input, factor);
  return settle(deps, attempt, { redemption, proof, event });
}

async function compare(deps: Deps, { input, user, factor, guessed }: Attempt, at: Date): Promise<Comparison> {
  const { userId, code, challengeId } = input;
  if (code.shape === "digits") {
    const { digits } = code;
    return compareDigits(deps, { userId, factor, purpose: "verify", digits, challengeId, guessed, at });
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
  }: { readonly redemption: Redemption; readonly proof: Proof; readonly event: AuditEvent },
): Promise<Accepted | Rejection> {
  const { user, factor, charge, lane, method } = attempt;
  switch (redemption.outcome) {
    case "redeemed": {
      forgive(deps, event, lane);
      const backupCodesRemaining = redemption.backupCodesRemaining ?? user.backupCodes?.remaining ?? 0;
      return { outcome: "accepted", method, factorId: factor.id, at: event.at, backupCodesRemaining };
    }
    case "replayed": {
      const standing = await chargeAfterReplay(deps, attempt, proof);
      return refuse(deps, { event, charge: standing, ...refusal("CODE_REPLAYED", lane) });
    }
    case "unknown":
      return refuse(deps, { event, charge, user, ...refusal("INVALID_CODE", lane) });
    case "gone":
      return refuse(deps, { event, reason: "NO_PENDING_CHALLENGE", charge });
    case "locked":
      return refuse(deps, { event, reason: "TOO_MANY_ATTEMPTS", charge });
  }
}

/** A backup code that is known and spent was the user's; of a factor's codes only the one that was accepted last is. */
async function chargeAfterReplay(deps: Deps, attempt: Attempt, proof: Proof): Promise<Charge> {
  const own = proof.kind === "backup-code" || (await wasAcceptedLast(deps, attempt, proof.mark));
  return own ? giveBack(deps, attempt, { token: false }) : attempt.charge;
}
