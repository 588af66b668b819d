import type { Actor, AuditEvent } from "../../domain/audit/audit-event.js";
import { MfaError } from "../../domain/errors.js";
import type { UserId } from "../../domain/user-id.js";
import type { ClaimedRequest, RepeatableRpc, RepeatedClaim } from "../../domain/verification/request-log.js";
import type { Deps } from "../dependencies/deps.js";
import { type FaultLogDeps, logFault } from "../dependencies/log-fault.js";

/** A request that its caller may send again when the answer was lost (AIP-155). */
export interface IdempotentRequest {
  readonly rpc: RepeatableRpc;
  readonly userId: UserId;
  readonly actor: Actor;
  /** The caller's id for the request, the same for each retry. */
  readonly requestId: string;
  /** The body of the request. May hold a code, so only its MAC is stored. */
  readonly body: readonly string[];
  /** How long the work may take: up to the call's deadline, or beyond it. */
  readonly workMs: number;
}

/** Time for work that began just before its deadline to finish. A retry after a replica died waits for the deadline and this at most. */
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

/** Stores the answer for a retry of the request. If storing fails, a retry resumes from the charge. The answer is returned either way. */
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

/** The stored answer. Throws REQUEST_ID_REUSED once it has expired, and if its MAC is wrong: a forged one could say `approved`. */
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
    throw new Error("a stored answer has no valid MAC");
  }
  if (until < deps.now().getTime()) throw reused();
  return JSON.parse(text);
}

function answerParts({ key, body }: ClaimedRequest, text: string, until: number): readonly string[] {
  return ["request-answer", key, body, text, String(until)];
}

/** Lets a retry start immediately. An error without a retry time is final: the request is forgotten together with its charge. */
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

/** Also for an answer about a factor that no longer exists: the request id must not authorise its replacement. */
export function reused(): MfaError {
  return new MfaError("REQUEST_ID_REUSED", "request_id was used before");
}

/** The audit row written each time a stored answer is returned. */
export function repeatedEvent(
  deps: Pick<Deps, "now">,
  { rpc, userId }: ClaimedRequest,
  event: Pick<AuditEvent, "actor" | "method" | "outcome" | "reason">,
): AuditEvent {
  return { action: "answer_repeated", userId, at: deps.now(), details: { rpc }, ...event };
}
