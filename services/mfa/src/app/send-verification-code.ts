import type { Actor } from "../domain/audit/audit-event.js";
import type { Challenge, ChallengePurpose } from "../domain/challenge/challenge.js";
import { destinationContext } from "../domain/crypto/secret-cipher.js";
import { maskDestination } from "../domain/destination/destination.js";
import { MfaError } from "../domain/errors.js";
import type { SentFactor, UserMfa } from "../domain/factor/factor.js";
import type { Method } from "../domain/factor/method.js";
import type { UserId } from "../domain/user-id.js";
import type { ClaimedRequest } from "../domain/verification/request-log.js";
import { sendCode } from "./challenge/send-code.js";
import type { Deps } from "./dependencies/deps.js";
import { admitDestination } from "./factor/admit-destination.js";
import { requireOwn, requireUsable } from "./factor/method-gate.js";
import {
  claimOf,
  keepAnswer,
  openAnswer,
  refusedRepeat,
  releaseRequest,
  repeatedEvent,
  reused,
} from "./verification/idempotent-request.js";
import { requireUnlocked } from "./verification/throttle.js";

export interface SendInput {
  readonly userId: UserId;
  /** Undefined: the user's own method. */
  readonly method?: Method;
  readonly locale: string;
  /** The caller's id for this send, the same for each retry. Not the id of the call, which `actor` holds. */
  readonly requestId?: string;
  /** Until the call's deadline. */
  readonly timeLeftMs: number;
  readonly actor: Actor;
}

/** Sends a code to the enrolled destination: to confirm it while the factor is pending, to log in once it is active. */
export async function sendVerificationCode(deps: Deps, input: SendInput): Promise<Challenge> {
  const { requestId } = input;
  return requestId === undefined
    ? (await send(deps, input)).challenge
    : sendOnce(deps, { ...input, requestId });
}

interface Sent {
  readonly challenge: Challenge;
  readonly factorId: string;
}

async function sendOnce(deps: Deps, input: SendInput & { readonly requestId: string }): Promise<Challenge> {
  const { userId, method, locale, requestId, actor } = input;
  const body = [userId, method ?? "", locale];
  // Once a provider has been handed a message, its answer is awaited beyond the call's deadline.
  const workMs = input.timeLeftMs + deps.deliveryTimeMs;
  const claimed = claimOf(deps, { rpc: "SendVerificationCode", userId, actor, requestId, body, workMs });
  const claim = await deps.requests.claim(claimed);
  if (claim.state === "answered") return repeat(deps, { input, claimed, kept: claim.answer });
  if (claim.state !== "claimed") throw refusedRepeat(claim.state);
  const sent = await send(deps, input).catch(async (error: unknown) => {
    await releaseRequest(deps, claimed, { actor, error });
    throw error;
  });
  await keepAnswer(deps, claimed, { actor, answer: write(sent), keepMs: deps.policy().codeExpiryMs });
  return sent.challenge;
}

/** The destination is not kept with the answer: it is read from the factor again, and so is the policy. */
function write({ challenge, factorId }: Sent): unknown {
  const { id, expireTime, resendTime } = challenge;
  return { id, factorId, expireTime: expireTime.getTime(), resendTime: resendTime.getTime() };
}

interface KeptSend {
  readonly id: string;
  readonly factorId: string;
  readonly expireTime: number;
  readonly resendTime: number;
}

async function repeat(
  deps: Deps,
  {
    input,
    claimed,
    kept,
  }: { readonly input: SendInput; readonly claimed: ClaimedRequest; readonly kept: string },
): Promise<Challenge> {
  const { userId, actor } = input;
  const { id, factorId, expireTime, resendTime } = openAnswer(deps, claimed, kept) as KeptSend;
  const factor = sentFactor(await deps.store.readUser(userId), input.method);
  const { method } = factor;
  requireUsable(deps.policy(), method);
  if (factor.id !== factorId) throw reused();
  await deps.store.record(repeatedEvent(deps, claimed, { actor, method, outcome: "succeeded" }));
  return {
    id,
    method,
    maskedDestination: maskDestination(
      method,
      deps.cipher.open(factor.sealedDestination, destinationContext(userId, factor), actor.requestId),
    ),
    expireTime: new Date(expireTime),
    resendTime: new Date(resendTime),
  };
}

async function send(deps: Deps, input: SendInput): Promise<Sent> {
  const { userId, locale, actor } = input;
  const user = await deps.store.readUser(userId);
  const factor = sentFactor(user, input.method);
  requireUsable(deps.policy(), factor.method);
  const { purpose, lifetimeMs } = termOf(deps, factor);
  requireUnlocked(deps, user);
  const destination = admitDestination(
    deps,
    factor.method,
    deps.cipher.open(factor.sealedDestination, destinationContext(userId, factor), actor.requestId),
  );
  const code = { userId, purpose, factor, destination, lifetimeMs, locale, actor };
  return { challenge: await sendCode(deps, code), factorId: factor.id };
}

function sentFactor(user: UserMfa | undefined, asked: Method | undefined): SentFactor {
  if (asked === "totp" || asked === "backup_code") throw nothingToSend();
  const factor = user?.factor;
  if (factor === undefined) throw notConfigured();
  requireOwn(factor.method, asked);
  if (factor.method === "totp") throw nothingToSend();
  return factor;
}

/** A code that confirms a factor does not outlive the pending enrolment. */
function termOf(
  deps: Deps,
  factor: SentFactor,
): { readonly purpose: ChallengePurpose; readonly lifetimeMs: number } {
  const lifetimeMs = deps.policy().codeExpiryMs;
  if (factor.state === "active") return { purpose: "verify", lifetimeMs };
  const leftMs = factor.createTime.getTime() + lifetimeMs - deps.now().getTime();
  if (leftMs <= 0) throw notConfigured();
  return { purpose: "enrol", lifetimeMs: Math.min(lifetimeMs, leftMs) };
}

function nothingToSend(): MfaError {
  return new MfaError("METHOD_HAS_NO_CODE_TO_SEND", "the codes of this method are not sent");
}

function notConfigured(): MfaError {
  return new MfaError("MFA_NOT_CONFIGURED", "the user has no factor to send a code for");
}
