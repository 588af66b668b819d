import type { SentMethod } from "../factor/method.js";
import { type EmailAddressProblem, maskEmailAddress, parseEmailAddress } from "./email-address.js";
import {
  maskPhoneNumber,
  type PhoneNumberProblem,
  type PhoneNumberRules,
  parsePhoneNumber,
} from "./phone-number.js";

/** Where codes go, in the canonical form that is stored, compared and sent to. */
export interface Destination {
  readonly method: SentMethod;
  readonly address: string;
  /** The same for all spellings of one destination: for counting only. */
  readonly limitKey: string;
  /** The prefix that numbers bought in a block share. Undefined for e-mail. */
  readonly phone: { readonly prefix: string; readonly country: string } | undefined;
}

export type ParsedDestination =
  | { readonly ok: true; readonly destination: Destination }
  | { readonly ok: false; readonly problem: PhoneNumberProblem | EmailAddressProblem };

/** Also parses stored destinations: rules that changed since then apply to them too. */
export function parseDestination(
  method: SentMethod,
  written: string,
  rules: PhoneNumberRules,
): ParsedDestination {
  if (method === "email") {
    const email = parseEmailAddress(written);
    if (!email.ok) return email;
    const { address, limitKey } = email;
    return { ok: true, destination: { method, address, limitKey, phone: undefined } };
  }
  const number = parsePhoneNumber(written, rules);
  if (!number.ok) return number;
  const { e164, prefix, country } = number;
  return { ok: true, destination: { method, address: e164, limitKey: e164, phone: { prefix, country } } };
}

/** The masked form that callers may show to the end user. */
export function maskDestination(method: SentMethod, address: string): string {
  return method === "email" ? maskEmailAddress(address) : maskPhoneNumber(address);
}
