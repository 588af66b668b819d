import type { Actor } from "../domain/audit-event.js";
import type { Challenge, ChallengePurpose } from "../domain/challenge.js";
import { MfaError } from "../domain/errors.js";
import type { SentFactor, UserMfa } from "../domain/factor.js";
import type { Method } from "../domain/method.js";
import type { UserId } from "../domain/user-id.js";
import { admitDestination } from "./admit-destination.js";
import type { Deps } from "./deps.js";
import { requireOwn, requireUsable } from "./method-gate.js";
import { once, type RepeatableRequest } from "./once.js";
import { openDestination } from "./open-destination.js";
import { sendCode } from "./send-code.js";
import { requireUnlocked } from "./throttle.js";

export interface SendInput {
  readonly userId: UserId;
  /** Undefined: the user's own. */
  readonly method?: Method;
  readonly locale: string;
  /** The caller's id of this send, the same for each retry. Not the id of the call, which `actor` holds. */
  readonly requestId?: string;
  readonly actor: Actor;
}

/** Sends a code to the enrolled destination: to confirm it while the factor is pending, to log in once it is active. */
export function sendVerificationCode(deps: Deps, input: SendInput): Promise<Challenge> {
  const { userId, method, locale, requestId, actor } = input;
  const request: RepeatableRequest<Challenge> = {
    rpc: "SendVerificationCode",
    actor,
    requestId,
    body: [userId, method ?? "", locale],
    keepMs: deps.policy().codeExpiryMs,
    answers: challengeAnswers,
  };
  return once(deps, request, () => send(deps, input));
}

const challengeAnswers: RepeatableRequest<Challenge>["answers"] = {
  write: (challenge) => ({
    ...challenge,
    expireTime: challenge.expireTime.getTime(),
    resendTime: challenge.resendTime.getTime(),
  }),
  read(written) {
    const { expireTime, resendTime, ...rest } = written as Challenge;
    return { ...rest, expireTime: new Date(expireTime), resendTime: new Date(resendTime) };
  },
};

async function send(deps: Deps, input: SendInput): Promise<Challenge> {
  const { userId, locale, actor } = input;
  const user = await deps.store.readUser(userId);
  const factor = sentFactor(user, input.method);
  requireUsable(deps.policy(), factor.method);
  const { purpose, lifetimeMs } = termOf(deps, factor);
  requireUnlocked(deps, user);
  const destination = admitDestination(deps, factor.method, openDestination(deps, userId, factor));
  return sendCode(deps, { userId, purpose, factor, destination, lifetimeMs, locale, actor });
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
