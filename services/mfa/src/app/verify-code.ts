import type { ClaimedRequest } from "../domain/idempotency/request-log.js";
import type { Notice } from "../domain/notice/notice.js";
import type { OneTimeCode } from "../domain/verification/one-time-code.js";
import type { Rejection } from "../domain/verification/rejection.js";
import type { Deps } from "./dependencies/deps.js";
import {
  claimOf,
  keepAnswer,
  openAnswer,
  orRelease,
  refusedRepeat,
  repeatedEvent,
  reused,
} from "./idempotency/idempotent-request.js";
import { chargeAttemptOnce } from "./verification/charge-attempt.js";
import {
  type Accepted,
  type CodeAction,
  type CodeInput,
  checkCharged,
  checkCode,
  guessInput,
  loginScopeOfCode,
  ownFactor,
} from "./verification/check-code.js";

export interface VerifyInput extends CodeInput {
  /** The caller's id of this check, the same for each retry. Not the id of the call, which `actor` holds. */
  readonly requestId?: string | undefined;
  /** Until the call's deadline. */
  readonly timeLeftMs: number;
}

type Checked = Accepted | Rejection;

/** How long a lost answer can be asked for again. */
const ANSWER_KEPT_MS = 60_000;

/**
 * Checks a code during a login. Under a request id it is checked once: the claim of the id travels with the charge, so that a retry goes on from
 * what was charged, or gets the answer that was given. Throws REQUEST_ID_REUSED or REQUEST_IN_FLIGHT.
 */
export function verifyCode(deps: Deps, input: VerifyInput): Promise<Checked> {
  const { requestId } = input;
  const action: CodeAction = {
    name: "verify_code",
    redeem: (proof) => deps.store.acceptCode(proof),
    notice: noticeOf,
  };
  return requestId === undefined
    ? checkCode(deps, input, action)
    : checkOnce(deps, { ...input, requestId }, action);
}

async function checkOnce(
  deps: Deps,
  input: VerifyInput & { readonly requestId: string },
  action: CodeAction,
): Promise<Checked> {
  const { userId, code, method, challengeId, requestId, actor, timeLeftMs: workMs } = input;
  const body = [userId, spellingOf(code), method ?? "", challengeId ?? ""];
  const claimed = claimOf(deps, { rpc: "VerifyCode", userId, actor, requestId, body, workMs });
  const [user, charged] = await orRelease(deps, { claimed, actor }, () =>
    Promise.all([
      deps.store.readUser(userId),
      chargeAttemptOnce(deps, claimed, { lane: loginScopeOfCode(input), input: guessInput(input) }),
    ]),
  );
  if (charged.state === "answered") return repeat(deps, { input, claimed, user, kept: charged.answer });
  if (charged.state !== "charged") throw refusedRepeat(charged.state);
  const checked = await orRelease(deps, { claimed, actor }, () =>
    checkCharged(deps, { input, action, user, charged, request: claimed }),
  );
  await keepAnswer(deps, claimed, { actor, answer: write(checked), keepMs: ANSWER_KEPT_MS });
  return checked;
}

/**
 * Gives an answer again. An approval is worth no more than the factor that it was given for: the user is looked at as for a new code, so that
 * none outlives a disablement, a reset, an erasure or a change of policy. Each repeat leaves its row.
 */
async function repeat(
  deps: Deps,
  {
    input,
    claimed,
    user,
    kept,
  }: {
    readonly input: CodeInput;
    readonly claimed: ClaimedRequest;
    readonly user: Parameters<typeof ownFactor>[1];
    readonly kept: string;
  },
): Promise<Checked> {
  const checked = read(openAnswer(deps, claimed, kept));
  const { factor, method } = ownFactor(deps, user, input);
  const accepted = checked.outcome === "accepted";
  if (accepted && checked.factorId !== factor.id) throw reused();
  const outcome = accepted
    ? { outcome: "succeeded" as const }
    : { outcome: "rejected" as const, reason: checked.reason };
  await deps.store.record(repeatedEvent(deps, claimed, { actor: input.actor, method, ...outcome }));
  return checked;
}

function noticeOf({ method, backupCodesRemaining: remaining }: Accepted): Notice | undefined {
  return method === "backup_code" ? { kind: "backup_code_used", remaining } : undefined;
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
