import type { Actor } from "../domain/audit-event.js";
import { MfaError } from "../domain/errors.js";
import type { ClaimedRequest, RepeatableRpc } from "../domain/ports/request-log.js";
import type { Deps } from "./deps.js";
import { openText, sealText } from "./kept-text.js";
import { logFault } from "./log-fault.js";
import { keptStep, type PaidStep, type Payment, unkeptStep } from "./paid-step.js";

/** A request that its caller may send again when the answer was lost (AIP-155). */
export interface RepeatableRequest<Answer> {
  readonly rpc: RepeatableRpc;
  readonly actor: Actor;
  /** The caller's id of what it asks for, the same for each retry. Undefined: each call stands alone. */
  readonly requestId: string | undefined;
  /** What is asked. May hold a code: it is kept as a MAC only. */
  readonly body: readonly string[];
  /** How long the answer is kept. */
  readonly keepMs: number;
  readonly answers: {
    write(answer: Answer): unknown;
    read(written: unknown): Answer;
  };
}

/** Longer than any call works. A replica that dies leaves its requests in flight for so long. */
const IN_FLIGHT_MS = 60_000;
const RETRY_AFTER_MS = 1_000;

/**
 * Does the work once for each request id, and gives later ones the same answer. Throws REQUEST_ID_REUSED or REQUEST_IN_FLIGHT. Costs nothing
 * without an id.
 *
 * Work that throws may be done again, but its paid step is not: a retry goes on from there. Where nobody knows whether it was paid, the id
 * stays in flight until it is forgotten.
 */
export function once<Answer>(
  deps: Deps,
  request: RepeatableRequest<Answer>,
  work: (paid: PaidStep) => Promise<Answer>,
): Promise<Answer> {
  const { requestId } = request;
  return requestId === undefined ? work(unkeptStep) : claimAndWork(deps, { ...request, requestId }, work);
}

async function claimAndWork<Answer>(
  deps: Deps,
  request: RepeatableRequest<Answer> & { readonly requestId: string },
  work: (paid: PaidStep) => Promise<Answer>,
): Promise<Answer> {
  const { rpc, actor, requestId } = request;
  const claimed: ClaimedRequest = {
    rpc,
    key: deps.codeMacs.sign(["request", actor.caller, rpc, requestId]),
    body: deps.codeMacs.sign(["request-body", rpc, ...request.body]),
    owner: deps.randomId(),
  };
  const claim = await deps.requests.claim(claimed, IN_FLIGHT_MS);
  switch (claim.state) {
    case "answered":
      return request.answers.read(openAnswer(deps, claimed, claim.answer));
    case "reused":
      throw reused();
    case "in-flight":
      throw new MfaError("REQUEST_IN_FLIGHT", "the same request is being worked on", {
        retryAfterMs: RETRY_AFTER_MS,
      });
    case "claimed":
      return answerOnce(deps, { ...request, claimed, left: claim.left }, work);
  }
}

async function answerOnce<Answer>(
  deps: Deps,
  request: RepeatableRequest<Answer> & {
    readonly claimed: ClaimedRequest;
    readonly left: string | undefined;
  },
  work: (paid: PaidStep) => Promise<Answer>,
): Promise<Answer> {
  const { claimed, actor, left, keepMs, answers } = request;
  const step = keptStep(
    left === undefined ? undefined : openText(deps, claimed, { what: "payment", sealed: left }),
  );
  const answer = await work(step).catch(async (error: unknown) => {
    const payment = await step.payment();
    const what = "releasing a request id";
    await quietly(deps, { what, actor }, release(deps, claimed, { error, payment }));
    throw error;
  });
  // The work is done, whether or not its answer can be kept: a retry is then told to wait, never that it failed.
  const kept = {
    what: "answer",
    text: JSON.stringify(answers.write(answer)),
    until: inTime(deps, keepMs),
  } as const;
  await quietly(
    deps,
    { what: "keeping an answer", actor },
    deps.requests.answer(claimed, sealText(deps, claimed, kept), keepMs),
  );
  return answer;
}

/** An error that says nothing of a retry is final: what was paid for it is left where it went. */
function release(
  deps: Deps,
  claimed: ClaimedRequest,
  { error, payment }: { readonly error: unknown; readonly payment: Payment },
): Promise<void> {
  if (payment.state === "unknown") return Promise.resolve();
  const final = error instanceof MfaError && error.retryAfterMs === undefined;
  if (final || payment.state !== "paid") return deps.requests.release(claimed);
  const kept = { what: "payment", text: payment.text, until: inTime(deps, IN_FLIGHT_MS) } as const;
  return deps.requests.release(claimed, { text: sealText(deps, claimed, kept), keepMs: IN_FLIGHT_MS });
}

async function quietly(
  deps: Deps,
  about: Parameters<typeof logFault>[1],
  keeping: Promise<void>,
): Promise<void> {
  await keeping.catch((fault: unknown) => logFault(deps, about, fault));
}

function openAnswer(deps: Deps, claimed: ClaimedRequest, sealed: string): unknown {
  const text = openText(deps, claimed, { what: "answer", sealed });
  if (text === undefined) throw reused();
  return JSON.parse(text);
}

function inTime(deps: Deps, ms: number): number {
  return deps.now().getTime() + ms;
}

function reused(): MfaError {
  return new MfaError("REQUEST_ID_REUSED", "request_id was used before");
}
