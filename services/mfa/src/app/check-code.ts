import type { Actor, AuditAction, AuditEvent } from "../domain/audit-event.js";
import { MfaError } from "../domain/errors.js";
import type { Factor, UserMfa } from "../domain/factor.js";
import type { Lane, Method } from "../domain/method.js";
import type { Notice } from "../domain/notice.js";
import type { OneTimeCode } from "../domain/one-time-code.js";
import type { Charge, GuessOutcome } from "../domain/ports/attempt-store.js";
import type { ThrottledRedeemInput } from "../domain/ports/mfa-store.js";
import type { Redemption } from "../domain/proof.js";
import type { Rejection } from "../domain/rejection.js";
import type { UserId } from "../domain/user-id.js";
import { forgive, refusal, refuse, requireWithinRate } from "./attempt.js";
import { type ChargedGuess, chargeAlone, chargeGuess } from "./charge-guess.js";
import { type Comparison, compareDigits } from "./compare.js";
import type { Deps } from "./deps.js";
import { lockNotice } from "./lock-notice.js";
import { requireOwn, requireUsable } from "./method-gate.js";
import { type PaidStep, unkeptStep } from "./paid-step.js";
import { tellUser } from "./tell-user.js";
import { durableLock, throttleOf } from "./throttle.js";
import { countCompletion } from "./watch-completion.js";
import { writtenCharge } from "./written-charge.js";

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
  readonly at: Date;
  readonly backupCodesRemaining: number;
}

/** What a code is checked for. */
export interface CodeAction {
  readonly name: AuditAction;
  readonly redeem: Redeem;
  /** What the user is told of a code that was accepted. */
  readonly notice: (accepted: Accepted) => Notice | undefined;
  /** Where a retry must not be charged again. Undefined: each call is charged. */
  readonly charging?: PaidStep;
}

/** A code of an active user, and what the attempt met when it was charged. */
interface Attempt {
  readonly input: CodeInput;
  readonly action: CodeAction;
  readonly user: UserMfa;
  readonly factor: Factor;
  readonly lane: Lane;
  readonly method: Method;
  readonly charge: Charge;
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
  const { userId, actor } = input;
  const lane: Lane = input.code.shape === "backup" ? "backup" : "primary";
  const [user, { charge, guessed }] = await Promise.all([
    deps.store.readUser(userId),
    (action.charging ?? unkeptStep).take(() => chargeCode(deps, input), writtenCharge),
  ]);
  requireWithinRate(charge);
  if (user?.enabled !== true || user.factor?.state !== "active") {
    forgive(deps, input, lane); // there is nothing to guess: the charge must not lock a later enrolment out
    throw new MfaError("MFA_NOT_ENABLED", "the user has no active factor");
  }
  const { factor } = user;
  const method: Method = lane === "backup" ? "backup_code" : factor.method;
  requireOwn(method, input.method);
  requireUsable(deps.policy(), method);
  const checked = await judge(deps, { input, action, user, factor, lane, method, charge, guessed });
  const notice = checked.outcome === "accepted" ? action.notice(checked) : lockNotice(user, lane, checked);
  if (notice !== undefined) tellUser(deps, { userId, factor, actor }, notice);
  return checked;
}

/** Everything from here on leaves a row in the audit log. */
async function judge(deps: Deps, attempt: Attempt): Promise<Accepted | Rejection> {
  const { input, action, user, factor, lane, method, charge } = attempt;
  const { userId, actor } = input;
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
    return refuse(deps, { event, charge, user, ...refusal(compared.reason, lane) });
  }
  const redemption = await action.redeem({
    userId,
    proof: compared.proof,
    at,
    event,
    throttle: throttleOf(deps, user),
  });
  if (redemption.outcome === "redeemed" && lane === "primary") countCompletion(deps, input, factor);
  return settle(deps, attempt, { redemption, event });
}

/** The attempt is charged to the lane; digits are compared with the pending challenge in the same step. */
function chargeCode(deps: Deps, { userId, code, method, challengeId }: CodeInput): Promise<ChargedGuess> {
  return code.shape === "digits"
    ? chargeGuess(deps, "primary", { userId, purpose: "verify", digits: code.digits, method, challengeId })
    : chargeAlone(deps, "backup", { userId, guessed: { outcome: "none" } });
}

async function compare(deps: Deps, { input, user, factor, guessed }: Attempt, at: Date): Promise<Comparison> {
  const { userId, code, challengeId } = input;
  if (code.shape === "digits") {
    const { digits } = code;
    return compareDigits(deps, { userId, factor, purpose: "verify", digits, challengeId, guessed, at });
  }
  const set = user.backupCodes;
  if (set === undefined) return { proof: undefined, reason: "INVALID_CODE" };
  const hash = await deps.hasher.hash(code.canonical, set);
  return { proof: { kind: "backup-code", generation: set.generation, hash } };
}

async function settle(
  deps: Deps,
  { user, charge, lane, method }: Attempt,
  { redemption, event }: { readonly redemption: Redemption; readonly event: AuditEvent },
): Promise<Accepted | Rejection> {
  switch (redemption.outcome) {
    case "redeemed": {
      forgive(deps, event, lane);
      const backupCodesRemaining = redemption.backupCodesRemaining ?? user.backupCodes?.remaining ?? 0;
      return { outcome: "accepted", method, at: event.at, backupCodesRemaining };
    }
    case "replayed":
      return refuse(deps, { event, charge, ...refusal("CODE_REPLAYED", lane) });
    case "unknown":
      return refuse(deps, { event, charge, user, ...refusal("INVALID_CODE", lane) });
    case "gone":
      return refuse(deps, { event, reason: "NO_PENDING_CHALLENGE", charge });
    case "locked":
      return refuse(deps, { event, reason: "TOO_MANY_ATTEMPTS", charge });
  }
}
