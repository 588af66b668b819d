import { expect, expectTypeOf, test } from "vitest";
import {
  type CheckedCode,
  type CountersignError,
  Method,
  MfaRequirementReason,
  methodName,
  mfaRequirementReasonName,
  RejectionReason,
  type reasonOf,
  rejectionReasonName,
} from "./index.js";

test("every value of an enum has its name, but for the one that is never sent and those that are newer", () => {
  for (const [name, method] of Object.entries(Method).slice(1)) expect(methodName(method)).toBe(name);
  expect([methodName(Method.UNSPECIFIED), methodName(99 as Method)]).toEqual([undefined, undefined]);
  expect(rejectionReasonName(RejectionReason.CODE_REPLAYED)).toBe("CODE_REPLAYED");
  expect(mfaRequirementReasonName(MfaRequirementReason.POLICY_FOR_ADMINS)).toBe("POLICY_FOR_ADMINS");
});

/** Judged by the compiler, with the static checks. */
test("a name that is written right compiles, and a misspelt one does not", () => {
  type Refused = Extract<CheckedCode, { approved: false }>;
  expectTypeOf<"MFA_NOT_ENABLED">().toExtend<ReturnType<typeof reasonOf>>();
  expectTypeOf<"MFA_NOT_ENABLD">().not.toExtend<ReturnType<typeof reasonOf>>();
  expectTypeOf<"SEND_RATE_LIMITED">().toExtend<CountersignError["reason"]>();
  expectTypeOf<"SEND_RATE_LIMITTED">().not.toExtend<CountersignError["reason"]>();
  expectTypeOf<"INVALID_CODE">().toExtend<Refused["reason"]>();
  expectTypeOf<"INVALID_CODES">().not.toExtend<Refused["reason"]>();
  expectTypeOf<"TOTP">().toExtend<ReturnType<typeof methodName>>();
  expectTypeOf<"TTOP">().not.toExtend<ReturnType<typeof methodName>>();
});
