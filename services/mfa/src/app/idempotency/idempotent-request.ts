import type { Actor, AuditEvent } from "../../domain/audit/audit-event.js";
import { MfaError } from "../../domain/errors.js";
import type { ClaimedRequest, RepeatableRpc, RepeatedClaim } from "../../domain/idempotency/request-log.js";
import type { UserId } from "../../domain/user-id.js";
import type { Deps } from "../dependencies/deps.js";
import { type FaultLogDeps, logFault } from "../dependencies/log-fault.js";

/** A request that its caller may send again when the answer was lost (AIP-155). */
export interface IdempotentRequest {
  readonly rpc: RepeatableRpc;
  readonly userId: UserId;
  readonly actor: Actor;
  /** The caller's id of what it asks for, the same for each retry. */
  readonly requestId: string;
  /** What is asked. May hold a code: it is kept as a MAC only. */
  readonly body: readonly string[];
  /** How long the work may take: the call's deadline, or what outlives it. */
  readonly workMs: number;
}

/** What work begun just before its deadline needs to end. A retry after a replica died waits no longer than the deadline and this. */
const LEASE_MARGIN_MS = 2_000;
/** How long a request without an answer is remembered with its charge. Longer than any lease. */
const REMEMBER_MS = 60_000;
const RETRY_AFTER_MS = 1_000;

export function claimOf(
  deps: Pick<Deps, "codeMacs" | "randomId">,
  request: IdempotentRequest,
): ClaimedRequest {
  const { rpc, userId, actor, requestId, body, workMs } = request;
  return {
    rpc,
    userId,
    key: deps.codeMacs.sign(["request", actor.caller, userId, rpc, requestId]),
    body: deps.codeMacs.sign(["request-body", rpc, ...body]),
    owner: deps.randomId(),
    leaseMs: Math.min(Math.max(workMs, 0) + LEASE_MARGIN_MS, REMEMBER_MS),
    rememberMs: REMEMBER_MS,
  };
}

/** Stores the answer for a retry of the request. If storing fails, a retry resumes from the charge; the answer is returned either way. */
export async function keepAnswer(
  deps: FaultLogDeps & Pick<Deps, "codeMacs" | "now" | "requests">,
  claimed: ClaimedRequest,
  { actor, answer, keepMs }: { readonly actor: Actor; readonly answer: unknown; readonly keepMs: number },
): Promise<void> {
  const [text, until] = [JSON.stringify(answer), deps.now().getTime() + keepMs];
  const mac = deps.codeMacs.sign(answerParts(claimed, text, until));
  await deps.requests
    .answer(claimed, JSON.stringify({ text, until, mac }), keepMs)
    .catch((fault: unknown) => logFault(deps, { what: "keeping an answer", actor }, fault));
}

/** The answer that was kept. Throws REQUEST_ID_REUSED once its time is over, and for one that is not ours: it may say `approved`. */
export function openAnswer(
  deps: Pick<Deps, "codeMacs" | "now">,
  claimed: ClaimedRequest,
  kept: string,
): unknown {
  const {
    text = "",
    until = 0,
    mac = "",
  } = JSON.parse(kept) as { text?: string; until?: number; mac?: string };
  if (!deps.codeMacs.verify(answerParts(claimed, text, until), mac)) {
    throw new Error("a kept answer is not ours");
  }
  if (until < deps.now().getTime()) throw reused();
  return JSON.parse(text);
}

function answerParts({ key, body }: ClaimedRequest, text: string, until: number): readonly string[] {
  return ["request-answer", key, body, text, String(until)];
}

/** Lets a retry start immediately. An error that says nothing of a retry is final: the request is forgotten, what it was charged for included. */
export async function releaseRequest(
  deps: FaultLogDeps & Pick<Deps, "requests">,
  claimed: ClaimedRequest,
  { actor, error }: { readonly actor: Actor; readonly error: unknown },
): Promise<void> {
  const forget = error instanceof MfaError && error.retryAfterMs === undefined;
  await deps.requests
    .release(claimed, { forget })
    .catch((fault: unknown) => logFault(deps, { what: "releasing a request id", actor }, fault));
}

export function refusedRepeat(state: Exclude<RepeatedClaim["state"], "answered">): MfaError {
  if (state === "reused") return reused();
  return new MfaError("REQUEST_IN_FLIGHT", "the same request is being worked on", {
    retryAfterMs: RETRY_AFTER_MS,
  });
}

/** Also for an answer about what is no more: the id of the request buys nothing for what took its place. */
export function reused(): MfaError {
  return new MfaError("REQUEST_ID_REUSED", "request_id was used before");
}

/** The row that an answer leaves each time it is given again. */
export function repeatedEvent(
  deps: Pick<Deps, "now">,
  { rpc, userId }: ClaimedRequest,
  event: Pick<AuditEvent, "actor" | "method" | "outcome" | "reason">,
): AuditEvent {
  return { action: "answer_repeated", userId, at: deps.now(), details: { rpc }, ...event };
}
