import type { Method as MethodEnum } from "@countersign/protocol/countersign/mfa/v1/method_pb.js";
import type { Method } from "../../domain/factor/method.js";
import { decodeMethod } from "../../rpc/method-enum.js";

const TEXTS: Readonly<Record<Method, string>> = {
  totp: "TOTP",
  sms: "SMS",
  email: "e-mail",
  backup_code: "backup code",
};

/** Undefined if there is no method, and for one that only a later contract knows. */
export function methodText(number: MethodEnum): string | undefined {
  const method = decodeMethod(number);
  return method && TEXTS[method];
}
