import { EventEmitter, once } from "node:events";
import { Code } from "@connectrpc/connect";
import {
  BadRequestSchema,
  RequestInfoSchema,
  RetryInfoSchema,
} from "@countersign/protocol/google/rpc/error_details_pb.js";
import { TransportError } from "@countersign/rpc-server";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { MfaError } from "../../src/domain/errors.js";
import { clientKinds, errorOf, mfaClient, reasonOf } from "./support/clients.js";
import { startTestServer, type TestServer } from "./support/test-server.js";

let server: TestServer;

beforeEach(async () => {
  server = await startTestServer({
    verifyCode: ({ userId }) => {
      if (userId === "limited")
        throw new MfaError("CALLER_RATE_LIMITED", "too many calls", { retryAfterMs: 1_500 });
      if (userId === "down") throw new MfaError("STORE_UNAVAILABLE", "a store is unavailable, try again");
      if (userId === "field") {
        const violations = [{ field: "user_id", description: "must not be empty" }];
        throw new MfaError("INVALID_FIELD", "user_id: must not be empty, 100 % sure: ünicode", {
          violations,
        });
      }
      throw new TypeError("secret 123456");
    },
  });
});

afterEach(() => server[Symbol.asyncDispose]());

describe.each(clientKinds)("%s", (kind) => {
  test("a call is answered, with the request's id in the response", async () => {
    let requestId: string | null = null;
    const answer = await mfaClient(kind, server.url).getMfaStatus(
      { userId: "alice" },
      {
        headers: { "x-request-id": "id-1" },
        onHeader: (headers) => (requestId = headers.get("x-request-id")),
      },
    );
    expect(answer.maskedDestination).toBe("alice");
    expect(requestId).toBe("id-1");
  });

  test("a refused precondition arrives with code, message, one ErrorInfo and its field", async () => {
    const error = await errorOf(
      mfaClient(kind, server.url).verifyCode({ userId: "field" }, { headers: { "x-request-id": "id-2" } }),
    );
    expect(error.code).toBe(Code.InvalidArgument);
    expect(error.rawMessage).toBe("user_id: must not be empty, 100 % sure: ünicode");
    expect(reasonOf(error)).toBe("INVALID_FIELD");
    expect(error.findDetails(BadRequestSchema)[0]?.fieldViolations[0]?.field).toBe("user_id");
    expect(error.findDetails(RequestInfoSchema).map(({ requestId }) => requestId)).toEqual(["id-2"]);
  });

  test("an error that says when to try again carries RetryInfo", async () => {
    const error = await errorOf(mfaClient(kind, server.url).verifyCode({ userId: "limited" }));
    expect(error.code).toBe(Code.ResourceExhausted);
    expect(error.findDetails(RetryInfoSchema)[0]?.retryDelay).toMatchObject({
      seconds: 1n,
      nanos: 500_000_000,
    });
  });

  test("an unforeseen fault is INTERNAL without a word of it outside, and logged within", async () => {
    const error = await errorOf(mfaClient(kind, server.url).verifyCode({ userId: "boom" }));
    expect(error.code).toBe(Code.Internal);
    expect(error.rawMessage).toBe("internal error");
    expect(reasonOf(error)).toBe("INTERNAL");
    const line = server.log.lines.find(({ level }) => level === "error");
    expect(line?.fields.error).toMatchObject({ name: "TypeError", message: "secret 123456" });
  });

  test("a deadline that passes is DEADLINE_EXCEEDED, and the handler is left to finish", async () => {
    let reason: unknown;
    let finished = false;
    const answered = new EventEmitter();
    await using slow = await startTestServer({
      getMfaStatus: async (_request, { signal }) => {
        await once(signal, "abort");
        reason = signal.reason;
        await once(answered, "answered");
        finished = true;
        return {};
      },
      pipeline: { deadlines: { defaultMs: 400, maxMs: 400 } },
    });
    const error = await errorOf(mfaClient(kind, slow.url).getMfaStatus({}));
    expect(error.code).toBe(Code.DeadlineExceeded);
    expect(reasonOf(error)).toBe("DEADLINE_EXCEEDED");
    expect(reason).toBeInstanceOf(TransportError);
    expect(finished).toBe(false);
    answered.emit("answered");
    await slow.pipeline.idle();
    expect(finished).toBe(true);
  });

  test("a client's longer timeout is cut to the maximum", async () => {
    await using slow = await startTestServer({
      getMfaStatus: () => new Promise(() => undefined),
      pipeline: { deadlines: { defaultMs: 50, maxMs: 100 } },
    });
    const started = performance.now();
    const error = await errorOf(mfaClient(kind, slow.url).getMfaStatus({}, { timeoutMs: 100_000 }));
    expect(reasonOf(error)).toBe("DEADLINE_EXCEEDED");
    expect(performance.now() - started).toBeGreaterThan(90);
  });

  test("a caller without a credential is refused, save for health", async () => {
    await using closed = await startTestServer({ pipeline: { authenticate: () => undefined } });
    const error = await errorOf(mfaClient(kind, closed.url).getMfaStatus({}));
    expect(error.code).toBe(Code.Unauthenticated);
    expect(reasonOf(error)).toBe("UNAUTHENTICATED");
  });

  test("a caller over its limit is refused before the handler", async () => {
    await using limited = await startTestServer({
      pipeline: {
        admit: () => {
          throw new MfaError("CALLER_RATE_LIMITED", "too many calls", { retryAfterMs: 1_000 });
        },
      },
      getMfaStatus: () => Promise.reject(new Error("reached")),
    });
    expect(reasonOf(await errorOf(mfaClient(kind, limited.url).getMfaStatus({})))).toBe(
      "CALLER_RATE_LIMITED",
    );
  });

  test("a client that goes away aborts the handler's signal", async () => {
    const handler = new EventEmitter();
    const entered = once(handler, "entered");
    const aborted = once(handler, "aborted");
    await using slow = await startTestServer({
      getMfaStatus: async (_request, { signal }) => {
        handler.emit("entered");
        await once(signal, "abort");
        handler.emit("aborted");
        return {};
      },
    });
    const controller = new AbortController();
    const call = errorOf(mfaClient(kind, slow.url).getMfaStatus({}, { signal: controller.signal }));
    await entered;
    controller.abort();
    await aborted;
    expect((await call).code).toBe(Code.Canceled);
  });

  test("200 parallel calls get each its own answer, also where handlers fail", async () => {
    const client = mfaClient(kind, server.url);
    const calls = Array.from({ length: 200 }, (_, n) =>
      n % 3 === 0
        ? errorOf(client.verifyCode({ userId: "down" })).then(reasonOf)
        : client.getMfaStatus({ userId: `u${n}` }).then((a) => a.maskedDestination),
    );
    const answers = await Promise.all(calls);
    expect(answers).toEqual(answers.map((_, n) => (n % 3 === 0 ? "STORE_UNAVAILABLE" : `u${n}`)));
  });
});
