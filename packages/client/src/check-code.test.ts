import { create } from "@bufbuild/protobuf";
import { Code, ConnectError } from "@connectrpc/connect";
import {
  DisableMfaResponseSchema,
  RegenerateBackupCodesResponseSchema,
  VerifyCodeResponseSchema,
  VerifySetupResponseSchema,
} from "@countersign/protocol/countersign/mfa/v1/mfa_service_pb.js";
import { RejectionReason } from "@countersign/protocol/countersign/mfa/v1/rejection_pb.js";
import { BadRequestSchema, ErrorInfoSchema } from "@countersign/protocol/google/rpc/error_details_pb.js";
import { describe, expect, test } from "vitest";
import { checkDisable, checkRegenerate, checkSetup } from "./check-change.js";
import { checkCode } from "./check-code.js";

/** The error of the service for a request that has these fields wrong. */
function invalidFields(...fields: readonly string[]): ConnectError {
  const info = { domain: "countersign", reason: "INVALID_FIELD" };
  const fieldViolations = fields.map((field) => ({ field, description: "is malformed" }));
  return new ConnectError("malformed", Code.InvalidArgument, undefined, [
    { desc: ErrorInfoSchema, value: create(ErrorInfoSchema, info) },
    { desc: BadRequestSchema, value: create(BadRequestSchema, { fieldViolations }) },
  ]);
}

const REJECTED = {
  case: "rejected" as const,
  value: {
    reason: RejectionReason.TOO_MANY_ATTEMPTS,
    remainingAttempts: 0,
    retryAfter: { seconds: 29n, nanos: 500_000_001 },
  },
};
const NEWER = { case: "rejected" as const, value: { reason: 99 as RejectionReason, remainingAttempts: 1 } };

const request = { userId: "alice", code: "123456" };

/** Each helper on a client whose call ends so. */
const HELPERS = {
  checkCode: (outcome: object, error?: ConnectError) =>
    checkCode({ verifyCode: answer(create(VerifyCodeResponseSchema, outcome), error) }, request),
  checkSetup: (outcome: object, error?: ConnectError) =>
    checkSetup({ verifySetup: answer(create(VerifySetupResponseSchema, outcome), error) }, request),
  checkDisable: (outcome: object, error?: ConnectError) =>
    checkDisable({ disableMfa: answer(create(DisableMfaResponseSchema, outcome), error) }, request),
  checkRegenerate: (outcome: object, error?: ConnectError) =>
    checkRegenerate(
      { regenerateBackupCodes: answer(create(RegenerateBackupCodesResponseSchema, outcome), error) },
      request,
    ),
};

function answer<Response>(response: Response, error: ConnectError | undefined): () => Promise<Response> {
  return () => (error === undefined ? Promise.resolve(response) : Promise.reject(error));
}

describe.each(Object.entries(HELPERS))("%s", (name, check) => {
  const refused = name === "checkCode" ? { approved: false } : { accepted: false };

  test("a check names the reason of a rejection, and says how long to wait, rounded up", async () => {
    const wait = { retryAfterMs: 29_501, remainingAttempts: 0 };
    expect(await check({ outcome: REJECTED })).toMatchObject({
      ...refused,
      reason: "TOO_MANY_ATTEMPTS",
      ...wait,
    });
  });

  test("a check refuses without a reason what is newer than this client, or not set", async () => {
    expect(await check({ outcome: NEWER })).toMatchObject({ ...refused, reason: undefined });
    expect(await check({})).toEqual({
      ...refused,
      reason: undefined,
      retryAfterMs: undefined,
      remainingAttempts: undefined,
      rejection: undefined,
    });
  });

  test("a check refuses a mistyped code", async () => {
    expect(await check({}, invalidFields("code"))).toMatchObject({ ...refused, reason: "INVALID_FIELD" });
  });

  test("a check throws if another field is wrong, because the program must be mended", async () => {
    for (const error of [invalidFields("user_id", "code"), invalidFields("user_id"), new ConnectError("cut")])
      await expect(check({}, error)).rejects.toBe(error);
  });
});
