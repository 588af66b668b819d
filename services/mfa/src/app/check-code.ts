import { MAX_CONSECUTIVE_FAILURES } from "../domain/attempt-policy.js";
import type { Actor, AuditAction, AuditEvent } from "../domain/audit-event.js";
import { MfaError } from "../domain/errors.js";
import type { Factor, UserMfa } from "../domain/factor.js";
import { type Lane, laneOf, type Method } from "../domain/method.js";
import type { OneTimeCode } from "../domain/one-time-code.js";
import type { MfaPolicy } from "../domain/policy.js";
import type { Charge } from "../domain/ports/attempt-store.js";
import type { Proof, Redemption } from "../domain/proof.js";
import type { Rejection } from "../domain/rejection.js";
import { matchTotp } from "../domain/totp.js";
import type { UserId } from "../domain/user-id.js";
import { attemptLimits, forgive, LOCKED_FOR_GOOD, refuse } from "./attempt.js";
import type { Deps } from "./deps.js";

/** A code that an active user gives, for whatever it shall permit. */
export interface CodeInput {
  readonly userId: UserId;
  readonly code: OneTimeCode;
  /** Undefined: by the shape of the code. */
  readonly method?: Method;
  readonly actor: Actor;
}

/** What a right code is redeemed for: one write of the store that claims the proof and does the work. */
export type Redeem = (input: {
  readonly userId: UserId;
  readonly proof: Proof;
  readonly at: Date;
  readonly event: AuditEvent;
}) => Promise<Redemption>;

export interface Accepted {
  readonly outcome: "accepted";
  readonly method: Method;
  readonly at: Date;
  readonly backupCodesRemaining: number;
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
  action: { readonly name: AuditAction; readonly redeem: Redeem },
): Promise<Accepted | Rejection> {
  const { userId } = input;
  const lane: Lane = input.code.shape === "backup" ? "backup" : "primary";
  const [user, charge] = await Promise.all([
    deps.store.readUser(userId),
    deps.attempts.charge(userId, lane, attemptLimits(deps)),
  ]);
  if (user?.enabled !== true || user.factor?.state !== "active") {
    forgive(deps, userId, lane); // there is nothing to guess: the charge must not lock a later enrolment out
    throw new MfaError("MFA_NOT_ENABLED", "the user has no active factor");
  }
  const method: Method = lane === "backup" ? "backup_code" : user.factor.method;
  requireAllowed(deps.policy(), method, input.method);

  const at = deps.now();
  const event = { action: action.name, userId, method, actor: input.actor, at };
  if (user.consecutiveFailures[lane] >= MAX_CONSECUTIVE_FAILURES) {
    await deps.store.recordRefusal({ ...event, outcome: "rejected", reason: "TOO_MANY_ATTEMPTS" }, undefined);
    return LOCKED_FOR_GOOD;
  }
  if (!charge.admitted) return refuse(deps, { event, reason: "TOO_MANY_ATTEMPTS", charge });
  const proof = await compare(deps, { user, factor: user.factor, code: input.code, at });
  if (proof === undefined) return refuse(deps, { event, reason: "INVALID_CODE", charge, failedLane: lane });

  const redemption = await action.redeem({ userId, proof, at, event: { ...event, outcome: "succeeded" } });
  return settle(deps, { redemption, event, charge, lane, method, at });
}

function requireAllowed(policy: MfaPolicy, own: Method, asked: Method | undefined): void {
  if (asked !== undefined && asked !== own) {
    throw new MfaError("METHOD_NOT_ALLOWED", "the user has not enrolled this method");
  }
  const allowed = own === "backup_code" ? policy.backupCodesCount > 0 : policy.allowedMethods.has(own);
  if (!allowed) throw new MfaError("METHOD_NOT_ALLOWED", "the security policy does not allow this method");
}

async function compare(
  deps: Deps,
  input: { readonly user: UserMfa; readonly factor: Factor; readonly code: OneTimeCode; readonly at: Date },
): Promise<Proof | undefined> {
  const { user, factor, code, at } = input;
  if (code.shape === "backup") {
    const set = user.backupCodes;
    if (set === undefined) return undefined;
    const hash = await deps.hasher.hash(code.canonical, set);
    return { kind: "backup-code", generation: set.generation, hash };
  }
  return compareTotp(deps, { userId: user.userId, factor, digits: code.digits, at });
}

/** The proof that these digits are, or undefined when they are wrong. */
export function compareTotp(
  deps: Deps,
  input: { readonly userId: UserId; readonly factor: Factor; readonly digits: string; readonly at: Date },
): Proof | undefined {
  const { userId, factor } = input;
  const context = { userId, factorId: factor.id, column: "totp_secret_encrypted" } as const;
  const mark = matchTotp({
    secret: deps.cipher.open(factor.sealedSecret, context),
    parameters: factor.parameters,
    code: input.digits,
    at: input.at,
    window: deps.policy().totpWindow,
  });
  return mark === undefined ? undefined : { kind: "factor", factorId: factor.id, mark };
}

async function settle(
  deps: Deps,
  input: {
    readonly redemption: Redemption;
    readonly event: Omit<AuditEvent, "outcome" | "reason">;
    readonly charge: Charge;
    readonly lane: Lane;
    readonly method: Method;
    readonly at: Date;
  },
): Promise<Accepted | Rejection> {
  const { redemption, event, charge, lane, method, at } = input;
  switch (redemption.outcome) {
    case "redeemed":
      forgive(deps, event.userId, lane);
      return { outcome: "accepted", method, at, backupCodesRemaining: redemption.backupCodesRemaining };
    case "replayed":
      // A replay is no guess: it stays charged, but it does not bring the user nearer to the durable lock.
      return refuse(deps, { event, reason: "CODE_REPLAYED", charge });
    case "unknown":
      return refuse(deps, { event, reason: "INVALID_CODE", charge, failedLane: laneOf(method) });
    case "gone":
      return refuse(deps, { event, reason: "NO_PENDING_CHALLENGE", charge });
    case "locked":
      return refuse(deps, { event, reason: "TOO_MANY_ATTEMPTS", charge });
  }
}
