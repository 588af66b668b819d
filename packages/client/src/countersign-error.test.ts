import { create } from "@bufbuild/protobuf";
import { Code, ConnectError } from "@connectrpc/connect";
import {
  BadRequestSchema,
  ErrorInfoSchema,
  HelpSchema,
  RequestInfoSchema,
  RetryInfoSchema,
} from "@countersign/protocol/google/rpc/error_details_pb.js";
import { expect, test } from "vitest";
import { CountersignError } from "./countersign-error.js";

const refusal = (domain: string) =>
  new ConnectError("too many", Code.ResourceExhausted, { "x-request-id": "id-1" }, [
    {
      desc: ErrorInfoSchema,
      value: create(ErrorInfoSchema, {
        domain,
        reason: "SEND_RATE_LIMITED",
        metadata: { limit: "cooldown" },
      }),
    },
    { desc: RequestInfoSchema, value: create(RequestInfoSchema, { requestId: "id-1" }) },
    { desc: RetryInfoSchema, value: create(RetryInfoSchema, { retryDelay: { seconds: 2n, nanos: 1 } }) },
    { desc: BadRequestSchema, value: create(BadRequestSchema, { fieldViolations: [{ field: "user_id" }] }) },
    { desc: HelpSchema, value: create(HelpSchema, { links: [{ url: "https://pages.example/#x" }] }) },
  ]);

test("an error has what the service says of it as properties", () => {
  expect(CountersignError.from(refusal("countersign"))).toMatchObject({
    code: Code.ResourceExhausted,
    rawMessage: "too many",
    reason: "SEND_RATE_LIMITED",
    facts: { limit: "cooldown" },
    retryAfterMs: 2_001,
    fields: ["user_id"],
    requestId: "id-1",
    helpUrl: "https://pages.example/#x",
  });
});

test("another service's error, and one that no service sent, has no reason", () => {
  const cause = new Error("read ECONNRESET");
  const nothing = { reason: undefined, retryAfterMs: undefined, fields: [], requestId: undefined };
  expect(CountersignError.from(refusal("shop"))).toMatchObject(nothing);
  expect(CountersignError.from(cause)).toMatchObject({ ...nothing, cause });
});

test("an error of this package is one of Connect's, and Connect's own is none of this package", () => {
  const theirs = refusal("countersign");
  const ours = CountersignError.from(theirs);
  expect(ours instanceof ConnectError).toBe(true);
  expect(ours instanceof CountersignError).toBe(true);
  expect(theirs instanceof CountersignError).toBe(false);
  expect(ConnectError.from(ours)).toBe(ours);
  expect(CountersignError.from(ours)).toBe(ours);
  expect(ours.findDetails(ErrorInfoSchema)).toHaveLength(1);
});
