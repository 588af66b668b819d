import { MfaError } from "../domain/errors.js";
import type { ClaimedRequest } from "../domain/ports/request-log.js";
import type { Deps } from "./deps.js";
import { logFault } from "./log-fault.js";

/** A request that its caller may send again when the answer was lost (AIP-155). */
export interface RepeatableRequest<Answer> {
  readonly rpc: "SendVerificationCode" | "VerifyCode";
  readonly caller: string;
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
 * Does the work once for each request id, and gives later ones the same answer. Throws REQUEST_ID_REUSED or REQUEST_IN_FLIGHT. Work that
 * throws is forgotten. Costs nothing without an id.
 */
export function once<Answer>(
  deps: Deps,
  request: RepeatableRequest<Answer>,
  work: () => Promise<Answer>,
): Promise<Answer> {
  const { requestId } = request;
  return requestId === undefined ? work() : claimAndWork(deps, { ...request, requestId }, work);
}

async function claimAndWork<Answer>(
  deps: Deps,
  request: RepeatableRequest<Answer> & { readonly requestId: string },
  work: () => Promise<Answer>,
): Promise<Answer> {
  const { rpc, caller, requestId, keepMs, answers } = request;
  const claimed: ClaimedRequest = {
    key: deps.codeMacs.sign(["request", caller, rpc, requestId]),
    body: deps.codeMacs.sign(["request-body", rpc, ...request.body]),
    owner: deps.randomId(),
  };
  const claim = await deps.requests.claim(claimed, IN_FLIGHT_MS);
  switch (claim.state) {
    case "answered":
      return answers.read(openAnswer(deps, claimed, claim.answer));
    case "reused":
      throw reused();
    case "in-flight":
      throw new MfaError("REQUEST_IN_FLIGHT", "the same request is being worked on", {
        retryAfterMs: RETRY_AFTER_MS,
      });
    case "claimed":
      return answerOnce(deps, { claimed, keepMs, answers }, work);
  }
}

async function answerOnce<Answer>(
  deps: Deps,
  {
    claimed,
    keepMs,
    answers,
  }: Pick<RepeatableRequest<Answer>, "keepMs" | "answers"> & { readonly claimed: ClaimedRequest },
  work: () => Promise<Answer>,
): Promise<Answer> {
  const quietly = (what: string, keeping: Promise<void>) =>
    keeping.catch((fault: unknown) => logFault(deps, what, fault));
  const answer = await work().catch(async (error: unknown) => {
    await quietly("releasing a request id", deps.requests.release(claimed));
    throw error;
  });
  // The work is done, whether or not its answer can be kept: a retry is then told to wait, never that it failed.
  const until = deps.now().getTime() + keepMs;
  const sealed = sealAnswer(deps, claimed, { text: JSON.stringify(answers.write(answer)), until });
  await quietly("keeping an answer", deps.requests.answer(claimed, sealed, keepMs));
  return answer;
}

interface KeptAnswer {
  readonly text: string;
  /** Milliseconds since 1970. A record that outlives its time to live says nothing any more. */
  readonly until: number;
}

/** A kept answer may say `approved`: whoever can write to the store must not be able to make one. */
function sealAnswer(deps: Deps, request: ClaimedRequest, kept: KeptAnswer): string {
  return JSON.stringify({ ...kept, mac: deps.codeMacs.sign(answerParts(request, kept)) });
}

function openAnswer(deps: Deps, request: ClaimedRequest, sealed: string): unknown {
  const { text = "", until = 0, mac = "" } = JSON.parse(sealed) as Partial<KeptAnswer & { mac: string }>;
  if (!deps.codeMacs.verify(answerParts(request, { text, until }), mac)) {
    throw new Error("a kept answer is not ours");
  }
  if (until < deps.now().getTime()) throw reused();
  return JSON.parse(text);
}

function answerParts({ key, body }: ClaimedRequest, { text, until }: KeptAnswer): readonly string[] {
  return ["request-answer", key, body, text, String(until)];
}

function reused(): MfaError {
  return new MfaError("REQUEST_ID_REUSED", "request_id was used before");
}
