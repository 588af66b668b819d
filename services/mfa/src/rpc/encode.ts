import type { MessageInitShape } from "@bufbuild/protobuf";
import { type Duration, type Timestamp, timestampFromDate } from "@bufbuild/protobuf/wkt";
import type { ChallengeSchema } from "@countersign/protocol/countersign/mfa/v1/challenge_pb.js";
import type { Method as MethodEnum } from "@countersign/protocol/countersign/mfa/v1/method_pb.js";
import {
  type GetMfaStatusResponseSchema,
  type IsMfaRequiredResponseSchema,
  MfaRequirementReason,
  type SetupMfaResponseSchema,
} from "@countersign/protocol/countersign/mfa/v1/mfa_service_pb.js";
import {
  RejectionReason as ReasonEnum,
  type RejectionSchema,
} from "@countersign/protocol/countersign/mfa/v1/rejection_pb.js";
import { TotpAlgorithm, type TotpEnrolmentSchema } from "@countersign/protocol/countersign/mfa/v1/totp_pb.js";
import type { TotpEnrolment } from "../app/enrolment/enrol-totp.js";
import type { MfaStatus } from "../app/get-mfa-status.js";
import type { MfaRequirement } from "../app/is-mfa-required.js";
import type { PendingEnrolment } from "../app/setup-mfa.js";
import type { Challenge } from "../domain/challenge/challenge.js";
import type { Approval } from "../domain/verification/code-match.js";
import type { Rejection, RejectionReason } from "../domain/verification/rejection.js";
import { encodeMethod, encodeMethodName } from "./method-enum.js";

const REJECTION_REASONS: Record<RejectionReason, ReasonEnum> = {
  INVALID_CODE: ReasonEnum.INVALID_CODE,
  CODE_EXPIRED: ReasonEnum.CODE_EXPIRED,
  CODE_REPLAYED: ReasonEnum.CODE_REPLAYED,
  NO_PENDING_CHALLENGE: ReasonEnum.NO_PENDING_CHALLENGE,
  TOO_MANY_ATTEMPTS: ReasonEnum.TOO_MANY_ATTEMPTS,
};

const REQUIREMENT_REASONS: Record<MfaRequirement["reason"], MfaRequirementReason> = {
  not_required: MfaRequirementReason.NOT_REQUIRED,
  user_enrolled: MfaRequirementReason.USER_ENROLLED,
  policy: MfaRequirementReason.POLICY,
  policy_for_admins: MfaRequirementReason.POLICY_FOR_ADMINS,
};

export function encodeRejection(rejection: Rejection): {
  case: "rejected";
  value: MessageInitShape<typeof RejectionSchema>;
} {
  const { reason, remainingAttempts, retryAfterMs } = rejection;
  return {
    case: "rejected",
    value: {
      reason: REJECTION_REASONS[reason],
      remainingAttempts,
      ...(retryAfterMs === undefined ? {} : { retryAfter: encodeDuration(retryAfterMs) }),
    },
  };
}

/** The answer of VerifyCode and VerifySetup to an accepted code. */
export function encodeApproval({ method, at, backupCodesRemaining }: Approval): {
  readonly method: MethodEnum;
  readonly verifyTime: Timestamp;
  readonly backupCodesRemaining: number;
} {
  return { method: encodeMethod(method), verifyTime: timestampFromDate(at), backupCodesRemaining };
}

export async function encodeEnrolment({
  enrolment,
  backupCodes,
  expireTime,
}: PendingEnrolment): Promise<MessageInitShape<typeof SetupMfaResponseSchema>> {
  return {
    method: encodeMethod(enrolment.method),
    enrolment:
      enrolment.method === "totp"
        ? { case: "totp", value: await encodeTotp(enrolment) }
        : { case: "challenge", value: encodeChallenge(enrolment.challenge) },
    backupCodes: [...backupCodes],
    requiresVerification: true,
    expireTime: timestampFromDate(expireTime),
  };
}

async function encodeTotp(enrolment: TotpEnrolment): Promise<MessageInitShape<typeof TotpEnrolmentSchema>> {
  const { secret, uri, parameters } = enrolment;
  const { algorithm, digits, periodSeconds } = parameters;
  const picture = await renderQrCode(uri);
  return {
    secret,
    uri,
    qrCodePng: picture.png,
    qrCodeSvg: picture.svg,
    parameters: { algorithm: TotpAlgorithm[algorithm], digits, periodSeconds },
  };
}

export function encodeChallenge(challenge: Challenge): MessageInitShape<typeof ChallengeSchema> {
  const { id, method, maskedDestination, expireTime, resendTime } = challenge;
  return {
    challengeId: id,
    method: encodeMethod(method),
    maskedDestination,
    expireTime: timestampFromDate(expireTime),
    resendTime: timestampFromDate(resendTime),
  };
}

export function encodeStatus(status: MfaStatus): MessageInitShape<typeof GetMfaStatusResponseSchema> {
  return {
    enabled: status.enabled,
    verified: status.verified,
    method: encodeMethodName(status.method),
    maskedDestination: status.maskedDestination ?? "",
    backupCodesRemaining: status.backupCodesRemaining,
    unlockRequired: status.unlockRequired,
    ...optionalTime("createTime", status.createTime),
    ...optionalTime("verifyTime", status.verifyTime),
    ...optionalTime("lastUseTime", status.lastUseTime),
    ...optionalTime("lockExpireTime", status.lockExpireTime),
  };
}

export function encodeRequirement(
  requirement: MfaRequirement,
): MessageInitShape<typeof IsMfaRequiredResponseSchema> {
  const { required, enrolled } = requirement;
  return { required, enrolled, reason: REQUIREMENT_REASONS[requirement.reason] };
}

function optionalTime<K extends string>(name: K, time: Date | undefined): Partial<Record<K, Timestamp>> {
  return time === undefined ? {} : ({ [name]: timestampFromDate(time) } as Record<K, Timestamp>);
}

/** Rounded up to whole milliseconds: a client that waits this long is not refused for a rounding. */
function encodeDuration(ms: number): Pick<Duration, "seconds" | "nanos"> {
  const whole = Math.ceil(ms);
  return { seconds: BigInt(Math.floor(whole / 1_000)), nanos: (whole % 1_000) * 1_000_000 };
}

/** Medium error correction and a quiet zone of four modules, as ISO/IEC 18004 asks of readers. */
const QR_OPTIONS = { errorCorrectionLevel: "M", margin: 4 } as const;

async function renderQrCode(text: string): Promise<{ readonly png: Buffer; readonly svg: string }> {
  // Loaded at the first enrolment: it is slow to load, and a restart must be ready soon.
  const qrCode = await import("qrcode");
  const [png, svg] = await Promise.all([
    qrCode.toBuffer(text, { ...QR_OPTIONS, type: "png", scale: 6 }),
    qrCode.toString(text, { ...QR_OPTIONS, type: "svg" }),
  ]);
  return { png, svg };
}
