import { Method } from "@countersign/protocol/countersign/mfa/v1/method_pb.js";

const NAMES: readonly (readonly [Method, string])[] = [
  [Method.TOTP, "TOTP"],
  [Method.SMS, "SMS"],
  [Method.EMAIL, "e-mail"],
  [Method.BACKUP_CODE, "backup code"],
];
const TEXTS: ReadonlyMap<Method, string> = new Map(NAMES);

/** Undefined if there is no method, and for one that only a later contract knows. */
export function methodText(method: Method): string | undefined {
  return TEXTS.get(method);
}
