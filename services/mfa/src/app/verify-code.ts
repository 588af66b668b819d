import type { Notice } from "../domain/notice.js";
import type { OneTimeCode } from "../domain/one-time-code.js";
import type { Rejection } from "../domain/rejection.js";
import { type Accepted, type CodeInput, checkCode } from "./check-code.js";
import type { Deps } from "./deps.js";
import { once, type RepeatableRequest } from "./once.js";

export interface VerifyInput extends CodeInput {
  /** The caller's id of this check, the same for each retry. Not the id of the call, which `actor` holds. */
  readonly requestId?: string | undefined;
}

type Checked = Accepted | Rejection;

/** How long a lost answer can be asked for again. */
const ANSWER_KEPT_MS = 60_000;

/** Checks a code during a login. */
export function verifyCode(deps: Deps, input: VerifyInput): Promise<Checked> {
  const { userId, code, method, challengeId, requestId, actor } = input;
  const request: RepeatableRequest<Checked> = {
    rpc: "VerifyCode",
    actor,
    requestId,
    body: [userId, spellingOf(code), method ?? "", challengeId ?? ""],
    keepMs: ANSWER_KEPT_MS,
    answers: checkedAnswers,
  };
  return once(deps, request, (charging) =>
    checkCode(deps, input, {
      name: "verify_code",
      redeem: (proof) => deps.store.acceptCode(proof),
      notice: noticeOf,
      charging,
    }),
  );
}

function noticeOf({ method, backupCodesRemaining: remaining }: Accepted): Notice | undefined {
  return method === "backup_code" ? { kind: "backup_code_used", remaining } : undefined;
}

const checkedAnswers: RepeatableRequest<Checked>["answers"] = {
  write: (checked) => (checked.outcome === "accepted" ? { ...checked, at: checked.at.getTime() } : checked),
  read(written) {
    const checked = written as Checked;
    return checked.outcome === "accepted" ? { ...checked, at: new Date(checked.at) } : checked;
  },
};

function spellingOf(code: OneTimeCode): string {
  return code.shape === "digits" ? code.digits : code.canonical;
}
