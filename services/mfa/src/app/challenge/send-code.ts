import type { Actor, AuditEvent } from "../../domain/audit/audit-event.js";
import {
  bindingParts,
  type Challenge,
  type ChallengePurpose,
  newChallengeId,
} from "../../domain/challenge/challenge.js";
import type { Opening } from "../../domain/challenge/challenge-store.js";
import { type Destination, maskDestination } from "../../domain/destination/destination.js";
import type { ThrottleScope } from "../../domain/throttle/throttle-scope.js";
import type { UserId } from "../../domain/user-id.js";
import { codeParts, drawCode } from "../../domain/verification/one-time-code.js";
import {
  type DispatchDeps,
  deliveryFailed,
  type MessageDispatcher,
  messageDispatcherFor,
} from "../delivery/message-dispatcher.js";
import { reserveSendQuota, type SendQuotaDeps, sendRefused } from "../delivery/reserve-send-quota.js";
import type { Deps } from "../dependencies/deps.js";
import { type FaultLogDeps, logFault } from "../dependencies/log-fault.js";

type ChallengeDeps = Pick<Deps, "challenges" | "codeMacs" | "policy" | "sendLimits">;
export type SendCodeDeps = ChallengeDeps &
  DispatchDeps &
  SendQuotaDeps &
  FaultLogDeps &
  Pick<Deps, "now" | "randomBytes" | "randomInt" | "store">;

/** A code to be made and sent. */
export interface CodeToSend {
  readonly userId: UserId;
  readonly purpose: ChallengePurpose;
  /** The factor that the code is for; enrolment names it before it is stored. */
  readonly factor: { readonly id: string; readonly replayCounter: bigint };
  readonly destination: Destination;
  readonly lifetimeMs: number;
  readonly locale: string;
  readonly actor: Actor;
}

/** A code with its challenge's id, on its way. */
interface Draft {
  readonly id: string;
  readonly code: string;
}

/** The throttle scope that counts guesses at the codes of a purpose. */
const THROTTLE_SCOPES: Record<ChallengePurpose, ThrottleScope> = { enrol: "enrolment", verify: "primary" };

const MINUTE = 60_000;

/**
 * Makes a code, opens its challenge and hands the message to a provider; `prepare` runs in between. The challenge stands before the message leaves,
 * so that a fast reader is not refused. It stays only if the message was sent and its audit row written; a message that was not sent uses no quota.
 * Nothing is sent inside a database transaction.
 */
export async function sendCode(
  deps: SendCodeDeps,
  input: CodeToSend,
  prepare: () => Promise<void> = () => Promise.resolve(),
): Promise<Challenge> {
  const { destination } = input;
  const draft = { id: newChallengeId(deps.randomBytes), code: drawCode(deps.randomInt) };
  const carry = messageDispatcherFor(deps, destination.method);
  const budget = await reserveSendQuota(deps, input);
  const failed = (fault: unknown) => logFault(deps, { what: "undoing a send", actor: input.actor }, fault);
  const giveBack = () => budget.giveBack().catch(failed);
  const end = () => endOf(deps, input, draft).catch(failed);
  const send = async () => {
    await prepare();
    return deliver(carry, input, draft);
  };
  const { opened, provider } = await withCompensation(async () => {
    const opening = await open(deps, input, draft);
    if (!opening.opened) throw sendRefused(opening.limit, opening.retryAfterMs);
    return { opened: opening, provider: await withCompensation(send, end) };
  }, giveBack);
  await withCompensation(() => deps.store.record(sentEvent(deps, input, provider)), end);
  return challengeOf(input, { ...opened, id: draft.id });
}

/** Answers the provider that took the message. */
async function deliver(carry: MessageDispatcher, input: CodeToSend, { id, code }: Draft): Promise<string> {
  const { destination, lifetimeMs, locale, actor } = input;
  const minutes = Math.max(1, Math.floor(lifetimeMs / MINUTE));
  const ids = { idempotencyKey: id, requestId: actor.requestId };
  const delivery = await carry({ to: destination.address, code, minutes, locale }, ids);
  if (delivery.ok) return delivery.provider;
  throw deliveryFailed(delivery.failure, { method: destination.method, ...countryOf(destination) });
}

/** Of a phone number: where messages are bought, and fraud with them shows first. */
function countryOf({ phone }: Destination): { readonly country?: string } {
  return phone === undefined ? {} : { country: phone.country };
}

function endOf(
  deps: Pick<Deps, "challenges">,
  { userId, purpose }: CodeToSend,
  { id }: Draft,
): Promise<void> {
  return deps.challenges.end(userId, { id, purpose });
}

function sentEvent(
  deps: Pick<Deps, "now">,
  { userId, purpose, destination, actor }: CodeToSend,
  provider: string,
): AuditEvent {
  const { method } = destination;
  const [action, outcome] = ["send_verification_code", "succeeded"] as const;
  const details = { provider, ...countryOf(destination) };
  return { action, outcome, purpose, method, userId, actor, at: deps.now(), details };
}

function open(deps: ChallengeDeps, input: CodeToSend, { id, code }: Draft): Promise<Opening> {
  const { userId, purpose, factor, lifetimeMs } = input;
  const { method, address } = input.destination;
  const binding = { userId, method, purpose, factorId: factor.id, destination: address };
  return deps.challenges.open(userId, {
    id,
    purpose,
    method,
    factorId: factor.id,
    mac: deps.codeMacs.sign(codeParts({ userId, method, purpose, digits: code })),
    binding: deps.codeMacs.sign(bindingParts(binding)),
    lifetimeMs,
    maxGuesses: deps.policy().maxAttempts,
    above: factor.replayCounter,
    cooldown: deps.sendLimits.cooldown,
    scope: THROTTLE_SCOPES[purpose],
  });
}

function challengeOf(
  { destination, lifetimeMs }: CodeToSend,
  { id, issueTime, pauseMs }: { readonly id: string; readonly issueTime: Date; readonly pauseMs: number },
): Challenge {
  const { method, address } = destination;
  return {
    id,
    method,
    maskedDestination: maskDestination(method, address),
    expireTime: new Date(issueTime.getTime() + lifetimeMs),
    resendTime: new Date(issueTime.getTime() + pauseMs),
  };
}

/** Does the work and calls `undo` if it fails. `undo` does not reject: what it cannot undo expires. */
async function withCompensation<T>(work: () => Promise<T>, undo: () => Promise<void>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    await undo();
    throw error;
  }
}
