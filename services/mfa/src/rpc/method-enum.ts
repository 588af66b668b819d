import { Method as MethodEnum } from "@countersign/protocol/countersign/mfa/v1/method_pb.js";
import type { Method } from "../domain/factor/method.js";
import { type Parsed, parsed, problem } from "../domain/parsed.js";

/** Each method of the domain and its number in the contract: one list, read both ways. */
const NUMBERS: Readonly<Record<Method, MethodEnum>> = {
  totp: MethodEnum.TOTP,
  sms: MethodEnum.SMS,
  email: MethodEnum.EMAIL,
  backup_code: MethodEnum.BACKUP_CODE,
};

const METHODS = new Map(Object.entries(NUMBERS).map(([method, number]) => [number, method as Method]));

export function encodeMethod(method: Method): MethodEnum {
  return NUMBERS[method];
}

/** UNSPECIFIED if there is none, and for a name that only a later program knows. */
export function encodeMethodName(name: string | undefined): MethodEnum {
  return name !== undefined && Object.hasOwn(NUMBERS, name)
    ? NUMBERS[name as Method]
    : MethodEnum.UNSPECIFIED;
}

/** Undefined for UNSPECIFIED, and for a number that only a later contract knows. */
export function decodeMethod(number: MethodEnum): Method | undefined {
  return METHODS.get(number);
}

/** Undefined for UNSPECIFIED. */
export function parseMethod(number: MethodEnum): Parsed<Method | undefined> {
  const method = decodeMethod(number);
  return method === undefined && number !== MethodEnum.UNSPECIFIED
    ? problem("is not a known method")
    : parsed(method);
}
