import type { DescMessage, MessageInitShape } from "@bufbuild/protobuf";
import { timestampFromDate } from "@bufbuild/protobuf/wkt";
import type {
  SendVerificationCodeRequest,
  SendVerificationCodeResponseSchema,
  VerifyCodeResponseSchema,
} from "@countersign/protocol/countersign/mfa/v1/mfa_service_pb.js";
import { RejectionReason } from "@countersign/protocol/countersign/mfa/v1/rejection_pb.js";
import type { CallContext, ServedMethod, ServedService, UnaryHandler } from "@countersign/rpc-server";
import type { Deps } from "../app/dependencies/deps.js";
import type { Caller } from "../domain/caller/caller.js";
import { challengeIdOf, newChallengeId } from "../domain/challenge/challenge.js";
import { MfaError, type Reason } from "../domain/errors.js";

type UniformDeps = Pick<Deps, "codeMacs" | "now" | "policy" | "randomBytes">;
type VerifyAnswer = MessageInitShape<typeof VerifyCodeResponseSchema>;
type SendAnswer = MessageInitShape<typeof SendVerificationCodeResponseSchema>;

/** Refusals that depend on the user or on what the user has enrolled. All others say nothing about a user. */
const ABOUT_A_USER: ReadonlySet<Reason> = new Set([
  "MFA_NOT_ENABLED",
  "MFA_NOT_CONFIGURED",
  "METHOD_NOT_ALLOWED",
  "METHOD_DISABLED",
  "METHOD_HAS_NO_CODE_TO_SEND",
  "DESTINATION_NOT_ALLOWED",
  "UNLOCK_REQUIRED",
  "USER_RATE_LIMITED",
  "SEND_RATE_LIMITED",
  "DELIVERY_FAILED",
]);

const REJECTED: VerifyAnswer = {
  outcome: { case: "rejected", value: { reason: RejectionReason.INVALID_CODE, remainingAttempts: 0 } },
};

/**
 * For callers marked in the callers file, gives the same answer to every refusal about a user (ASVS 6.3.8, CVE-2024-39891): VerifyCode answers
 * INVALID_CODE without a count, SendVerificationCode a challenge, whether or not the user exists and whatever happened to the code. The audit log has
 * the true reason. Response times are not equalised.
 */
export function withUniformAnswers(served: ServedService, deps: UniformDeps): ServedService {
  return { service: served.service, methods: served.methods.map((method) => uniform(method, deps)) };
}

function uniform(served: ServedMethod, deps: UniformDeps): ServedMethod {
  if (served.kind !== "unary") return served;
  const { handler } = served;
  switch (served.method.name) {
    case "VerifyCode":
      return { ...served, handler: hiding(handler, hideRejection, () => REJECTED) };
    case "SendVerificationCode": {
      const challenge = (request: unknown, call: CallContext) =>
        invented(deps, request as SendVerificationCodeRequest, call);
      return { ...served, handler: hiding(handler, hideDestination, challenge) };
    }
    default:
      return served;
  }
}

type Handler = UnaryHandler<DescMessage, DescMessage>;

function hiding<Answer>(
  handler: Handler,
  strip: (answer: Answer) => Answer,
  instead: (request: unknown, call: CallContext) => Answer,
): Handler {
  return async (request, call) => {
    const caller: Caller = call.caller;
    if (caller.uniformAnswers !== true) return handler(request, call);
    try {
      return strip((await handler(request, call)) as Answer) as MessageInitShape<DescMessage>;
    } catch (thrown) {
      if (!(thrown instanceof MfaError) || !ABOUT_A_USER.has(thrown.reason)) throw thrown;
      return instead(request, call) as MessageInitShape<DescMessage>;
    }
  };
}

function hideRejection(answer: VerifyAnswer): VerifyAnswer {
  return answer.outcome?.case === "rejected" ? REJECTED : answer;
}

/** The rest is the same for every user: method, destination and cooldown would reveal who enrolled what, and who asked recently. */
function hideDestination({ challenge }: SendAnswer): SendAnswer {
  const { challengeId = "", expireTime } = challenge ?? {};
  return { challenge: { challengeId, ...(expireTime === undefined ? {} : { expireTime }) } };
}

/** The challenge of a code that was never sent. A repeated request gets the same one, as it would of a real code. */
function invented(
  deps: UniformDeps,
  { userId, requestId }: SendVerificationCodeRequest,
  { caller }: CallContext,
): SendAnswer {
  const challengeId =
    requestId === ""
      ? newChallengeId(deps.randomBytes)
      : challengeIdOf(deps.codeMacs.sign(["uniform-challenge", caller.id, userId, requestId]));
  const expireTime = timestampFromDate(new Date(deps.now().getTime() + deps.policy().codeExpiryMs));
  return { challenge: { challengeId, expireTime } };
}
