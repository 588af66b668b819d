import { fromBinary, toJson } from "@bufbuild/protobuf";
import {
  ErrorInfoSchema,
  HelpSchema,
  RequestInfoSchema,
  RetryInfoSchema,
} from "@countersign/protocol/google/rpc/error_details_pb.js";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { MfaError } from "../../src/domain/errors.js";
import { clientKinds, errorOf, mfaClient } from "./support/clients.js";
import { frame, http2Request } from "./support/raw.js";
import { startTestServer, type TestServer } from "./support/test-server.js";

const VERIFY_CODE = "/countersign.mfa.v1.MfaService/VerifyCode";

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer({
    verifyCode({ userId }) {
      const wait = userId === "" ? {} : { retryAfterMs: Number(userId) };
      throw new MfaError("USER_RATE_LIMITED", "too many codes", { ...wait, metadata: { limit: "user" } });
    },
  });
});
afterAll(() => server[Symbol.asyncDispose]());

describe.each(clientKinds)("%s", (kind) => {
  const pageOf = async (call: Promise<unknown>) => {
    const helps = (await errorOf(call)).findDetails(HelpSchema);
    return helps.flatMap(({ links }) => links.map(({ url }) => url));
  };

  test("every error links the one page about its reason, the transport's own errors too", async () => {
    const client = mfaClient(kind, server.url);
    for (const [call, anchor] of [
      [() => client.verifyCode({}), "user_rate_limited"],
      [() => client.setupMfa({}), "internal"],
      [() => client.verifyCode({ userId: "x".repeat(70_000) }), "message_too_large"],
    ] as const) {
      expect(await pageOf(call())).toEqual([
        `https://github.com/countersign/countersign/blob/main/docs/api/reasons.md#${anchor}`,
      ]);
    }
  });
});

/** A call by Connect over HTTP/1.1, as curl makes it. */
async function post(userId: string, contentType = "application/json") {
  const body = contentType === "application/json" ? JSON.stringify({ userId }) : "\u0001";
  const answer = await fetch(server.url + VERIFY_CODE, {
    method: "POST",
    headers: { "content-type": contentType, "x-request-id": "shell-1" },
    body,
  });
  const { details } = (await answer.json()) as {
    details: { type: string; value: string; debug?: unknown }[];
  };
  return { retryAfter: answer.headers.get("retry-after"), details };
}

test("Retry-After tells Connect's callers in whole seconds, never too few, what RetryInfo tells", async () => {
  const told = await Promise.all(
    ["1", "1000", "1001", "30000"].map(async (ms) => (await post(ms)).retryAfter),
  );
  expect(told).toEqual(["1", "1", "2", "30"]);
  expect((await post("")).retryAfter).toBeNull();
});

test("Retry-After is there over HTTP/2 as well, and for Connect alone", async () => {
  const ask = (contentType: string, body: Buffer) =>
    http2Request(server.url, { ":path": VERIFY_CODE, "content-type": contentType }, body);
  // Field 1, a string of four bytes: the user's id.
  const message = Buffer.from("\n\u00041500");
  expect((await ask("application/json", Buffer.from('{"userId":"1500"}'))).headers["retry-after"]).toBe("2");
  expect((await ask("application/proto", message)).headers["retry-after"]).toBe("2");
  for (const contentType of ["application/grpc", "application/grpc-web+proto"]) {
    expect((await ask(contentType, frame(message))).headers).not.toHaveProperty("retry-after");
  }
});

test("in JSON each detail is readable without the protos, also where messages are binary", async () => {
  const schemas = [ErrorInfoSchema, RequestInfoSchema, RetryInfoSchema, HelpSchema];
  const { details } = await post("1500");
  expect(details.map(({ type }) => type)).toEqual(schemas.map(({ typeName }) => typeName));
  for (const [index, schema] of schemas.entries()) {
    const { value = "", debug } = details[index] ?? {};
    expect(debug).toEqual(toJson(schema, fromBinary(schema, Buffer.from(value, "base64"))));
  }
  expect(details.map(({ debug }) => debug)).toMatchObject([
    { domain: "countersign", reason: "USER_RATE_LIMITED", metadata: { limit: "user" } },
    { requestId: "shell-1" },
    { retryDelay: "1.500s" },
    { links: [{ url: expect.stringContaining("#user_rate_limited") as string }] },
  ]);
  expect((await post("", "application/proto")).details[0]?.debug).toMatchObject({
    reason: "MALFORMED_REQUEST",
  });
});
