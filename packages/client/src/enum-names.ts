import type { ErrorReason } from "@countersign/protocol/countersign/mfa/v1/error_reason_pb.js";
import { Method } from "@countersign/protocol/countersign/mfa/v1/method_pb.js";
import { MfaRequirementReason } from "@countersign/protocol/countersign/mfa/v1/mfa_service_pb.js";
import { RejectionReason } from "@countersign/protocol/countersign/mfa/v1/rejection_pb.js";

/** The names of an enum's values, without the prefix that they have in the proto and without the one that is never sent. */
type NameIn<Values> = Exclude<keyof Values & string, "UNSPECIFIED">;

/** `TOTP`, `SMS`, `EMAIL` or `BACKUP_CODE`. */
export type MethodName = NameIn<typeof Method>;
/** Why a code was rejected, `INVALID_CODE` for example. */
export type RejectionReasonName = NameIn<typeof RejectionReason>;
/** Why a login needs MFA or not, `USER_ENROLLED` for example. */
export type MfaRequirementReasonName = NameIn<typeof MfaRequirementReason>;
/** Why a call failed, `MFA_NOT_ENABLED` for example. */
export type ErrorReasonName = NameIn<typeof ErrorReason>;

/** The name of a method. Undefined for one that is not set, and for one that is newer than this client. */
export function methodName(method: Method): MethodName | undefined {
  return nameIn(Method, method);
}

/** The name of a reason for rejecting a code; undefined as for `methodName`. */
export function rejectionReasonName(reason: RejectionReason): RejectionReasonName | undefined {
  return nameIn(RejectionReason, reason);
}

/** The name of a reason of IsMfaRequired; undefined as for `methodName`. */
export function mfaRequirementReasonName(reason: MfaRequirementReason): MfaRequirementReasonName | undefined {
  return nameIn(MfaRequirementReason, reason);
}

function nameIn<Values extends Readonly<Record<string, number>>>(
  values: Values,
  value: number,
): NameIn<Values> | undefined {
  const names = Object.keys(values) as NameIn<Values>[];
  return value === 0 ? undefined : names.find((name) => values[name] === value);
}
