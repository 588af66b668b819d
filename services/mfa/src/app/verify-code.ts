import { loginScopeOfCode, type OneTimeCode } from "../domain/verification/one-time-code.js";
import type { ClaimedRequest } from "../domain/verification/request-log.js";
import type { Deps } from "./dependencies/deps.js";
import { ownFactor } from "./factor/method-gate.js";
import { checkCode, checkCodeOnce } from "./verification/check-code.js";
import type { Checked, CodeInput, Repeated } from "./verification/checked-code.js";
import {
  claimOf,
  keepAnswer,
  openAnswer,
  refusedRepeat,
  releaseRequest,
  repeatedEvent,
  reused,
} from "./verification/idempotent-request.js";

export interface VerifyInput extends CodeInput {
  /** The caller's id for this check, the same for each retry. Not the id of the call, which `actor` holds. */
  readonly requestId?: string | undefined;
  /** Until the call's deadline. */
  readonly timeLeftMs: number;
}

/** How long a lost answer can be requested again. */
const ANSWER_KEPT_MS = 60_000;

/**
 * Checks a code during a login. With a request id it is checked once: the id is claimed together with the charge, so that a retry resumes from the
 * charge or gets the stored answer. Throws REQUEST_ID_REUSED or REQUEST_IN_FLIGHT.
 */
export function verifyCode(deps: Deps, input: VerifyInput): Promise<Checked> {
  const { requestId } = input;
  return requestId === undefined
    ? checkCode(deps, input, "verify_code")
    : verifyOnce(deps, { ...input, requestId });
}

async function verifyOnce(deps: Deps, input: VerifyInput & { readonly requestId: string }): Promise<Checked> {
  const { userId, code, method, challengeId, requestId, actor, timeLeftMs: workMs } = input;
  const body = [userId, spellingOf(code), method ?? "", challengeId ?? ""];
  const claimed = claimOf(deps, { rpc: "VerifyCode", userId, actor, requestId, body, workMs });
  let checked: Checked | Repeated;
  try {
    checked = await checkCodeOnce(deps, input, claimed);
  } catch (error) {
    await releaseRequest(deps, claimed, { actor, error });
    throw error;
  }
  if ("state" in checked) return repeat(deps, { input, claimed, repeated: checked });
  await keepAnswer(deps, claimed, { actor, answer: write(checked), keepMs: ANSWER_KEPT_MS });
  return checked;
}

/**
 * Returns a stored answer. An approval is worth no more than the factor that it was given for: the user is checked as for a new code, so that no
 * approval outlives a disablement, a reset, an erasure or a change of policy. Each repeat writes an audit row.
 */
async function repeat(
  deps: Deps,
  {
    input,
    claimed,
    repeated,
  }: { readonly input: CodeInput; readonly claimed: ClaimedRequest; readonly repeated: Repeated },
): Promise<Checked> {
  if (repeated.state !== "answered") throw refusedRepeat(repeated.state);
  const checked = read(openAnswer(deps, claimed, repeated.answer));
  const { actor, code, method: asked } = input;
  const { factor, method } = ownFactor(deps.policy(), repeated.user, {
    scope: loginScopeOfCode(code),
    asked,
  });
  const accepted = checked.outcome === "accepted";
  if (accepted && checked.factorId !== factor.id) throw reused();
  const outcome = accepted
    ? { outcome: "succeeded" as const }
    : { outcome: "rejected" as const, reason: checked.reason };
  await deps.store.record(repeatedEvent(deps, claimed, { actor, method, ...outcome }));
  return checked;
}

function write(checked: Checked): unknown {
  return checked.outcome === "accepted" ? { ...checked, at: checked.at.getTime() } : checked;
}

function read(written: unknown): Checked {
  const checked = written as Checked;
  return checked.outcome === "accepted" ? { ...checked, at: new Date(checked.at) } : checked;
}

function spellingOf(code: OneTimeCode): string {
  return code.shape === "digits" ? code.digits : code.canonical;
}
