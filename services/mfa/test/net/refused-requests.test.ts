import { gzipSync } from "node:zlib";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type ClientKind, clientKinds, errorOf, mfaClient, reasonOf } from "./support/clients.js";
import { connectErrorIn } from "./support/connect-error.js";
import { bodyOf, frame, http2Request, rawTcp } from "./support/raw.js";
import { startTestServer, type TestServer } from "./support/test-server.js";

const MFA = "/countersign.mfa.v1.MfaService";
const TEN_MIB = 10 * 1024 * 1024;

let server: TestServer;
let handled: number;

beforeEach(async () => {
  handled = 0;
  server = await startTestServer({
    verifyCode: () => {
      handled += 1;
      return Promise.resolve({});
    },
  });
});

/** Nothing that is refused here may reach a handler, and each refusal must be in the access log. */
afterEach(async () => {
  expect(handled).toBe(0);
  expect(server.log.lines.filter(({ message }) => message === "call").length).toBeGreaterThan(0);
  await server[Symbol.asyncDispose]();
});

/** A Connect request as curl makes it; checks that its error has one ErrorInfo. */
async function post(path: string, body: string | Buffer, headers: Record<string, string> = {}) {
  const response = await fetch(server.url + path, {
    method: "POST",
    headers: { "content-type": "application/json", ...headers },
    body,
  });
  return { status: response.status, ...(await errorIn(response)) };
}

/** The request's id is the same in the error and beside it. */
async function errorIn(response: Response) {
  expect(response.headers.get("content-type")).toMatch(/^application\/json\b/);
  const { requestId, ...error } = connectErrorIn(await response.text());
  expect(response.headers.get("x-request-id")).toBe(requestId);
  return error;
}

describe("JSON that does not fit", () => {
  test.each([
    ["a number for a string", { user_id: "alice", code: 123456 }, "code"],
    ["an object for a string", { user_id: { a: 1 }, code: "123456" }, "user_id"],
    ["an array for a string", { userId: ["alice"] }, "user_id"],
    ["a boolean for a string", { user_id: true }, "user_id"],
    ["a string for a message", { user_id: "alice", context: "123456" }, "context"],
    ["an unknown value of an enum", { user_id: "alice", method: "METHOD_CARRIER_PIGEON" }, "method"],
    ["a wrong type in a nested message", { context: { ip_address: 654321 } }, "context.ip_address"],
    ["a field twice, by both of its names", { user_id: "alice", userId: "bob" }, "user_id"],
    ["an unknown field", { user_id: "alice", verified: true }, "verified"],
    ["an unknown nested field", { context: { verified: true } }, "verified"],
  ])("%s is refused by the field's name", async (_name, body, field) => {
    const answer = await post(`${MFA}/VerifyCode`, JSON.stringify(body));
    expect(answer).toMatchObject({ status: 400, code: "invalid_argument", reason: "MALFORMED_REQUEST" });
    expect(answer.message).toMatch(new RegExp(`^${field}: `));
    expect(answer.message).not.toMatch(/\d{6}/);
  });

  test.each([
    "",
    "null",
    "[]",
    '"x"',
    "{",
    '{"user_id":"alice","code":"123456"',
    '{"user_id":"a","user_id":"b"}',
    "\u0000",
  ])("%j is refused without repeating it", async (body) => {
    const answer = await post(`${MFA}/VerifyCode`, body);
    expect(answer).toMatchObject({ status: 400, reason: "MALFORMED_REQUEST" });
    expect(answer.message).toBe("the request could not be decoded");
  });
});

describe("JSON whose bytes are not plain UTF-8", () => {
  test.each([
    ["a byte order mark", Buffer.from('\ufeff{"user_id":"alice","code":"123456"}')],
    ["a byte that is no UTF-8", Buffer.from('{"user_id":"\xff","code":"123456"}', "latin1")],
    ["UTF-16", Buffer.from('{"user_id":"alice","code":"123456"}', "utf16le")],
  ])("JSON whose bytes are not plain UTF-8: %s is refused", async (_name, body) => {
    for (const headers of [{}, { "content-encoding": "gzip" }]) {
      const sent = "content-encoding" in headers ? gzipSync(body) : body;
      const answer = await post(`${MFA}/VerifyCode`, sent, headers);
      expect(answer).toMatchObject({ status: 400, reason: "MALFORMED_REQUEST" });
    }
  });
});

describe("requests that no RPC takes", () => {
  test.each(["GET", "PUT", "DELETE", "HEAD", "OPTIONS", "PATCH"])(
    "requests that no RPC takes: %s is 405",
    async (method) => {
      const query = "?connect=v1&encoding=json&message=%7B%7D";
      const response = await fetch(`${server.url}${MFA}/VerifyCode${query}`, { method });
      expect(response.status).toBe(405);
      expect(response.headers.get("allow")).toBe("POST");
      if (method === "HEAD") expect(await response.text()).toBe("");
      else
        expect(await errorIn(response)).toEqual({
          code: "unknown",
          message: "only POST is served",
          reason: "HTTP_METHOD_NOT_SERVED",
        });
    },
  );

  test.each([`${MFA}/NoSuchRpc`, "/no.such.Service/VerifyCode", "/", "//", "/a?b", `${MFA}/verifycode`])(
    "%s is 404 for Connect",
    async (path) => {
      expect(await post(path, "{}")).toMatchObject({
        status: 404,
        code: "unimplemented",
        reason: "UNIMPLEMENTED",
      });
    },
  );

  test.each(["application/grpc", "application/grpc+proto", "application/grpc-web+proto"])(
    "an unknown RPC is UNIMPLEMENTED for %s",
    async (contentType) => {
      const { headers, body, headersOnly } = await http2Request(
        server.url,
        { ":path": `${MFA}/NoSuchRpc`, "content-type": contentType },
        frame(Buffer.alloc(0)),
      );
      expect(headers[":status"]).toBe(200);
      if (contentType.includes("web")) expect(body.toString("latin1")).toContain("grpc-status: 12");
      else
        expect({ status: headers["grpc-status"], headersOnly }).toEqual({ status: "12", headersOnly: true });
    },
  );

  test.each(["text/plain", "application/xml", "application/x-www-form-urlencoded", "image/jpeg"])(
    "requests that no RPC takes: %s is 415",
    async (type) => {
      const response = await fetch(`${server.url}${MFA}/VerifyCode`, {
        method: "POST",
        headers: { "content-type": type },
        body: "{}",
      });
      expect(response.status).toBe(415);
      expect(response.headers.get("accept-post")).toContain("application/json");
      expect(await errorIn(response)).toEqual({
        code: "unknown",
        message: "this content type is not served",
        reason: "CONTENT_TYPE_NOT_SERVED",
      });
    },
  );

  test.each(["application/grpc-web-text", "application/grpc-web-text+proto"])(
    "%s is refused as gRPC-Web does, with its reason",
    async (contentType) => {
      const headers = { ":path": `${MFA}/VerifyCode`, "content-type": contentType };
      const { headers: answer, body } = await http2Request(server.url, headers, frame(Buffer.alloc(0)));
      expect(answer[":status"]).toBe(200);
      expect(answer["content-type"]).toMatch(/^application\/grpc-web/);
      expect(body.toString("latin1")).toContain("grpc-status: 2");
      expect(body.toString("latin1")).toContain("grpc-status-details-bin: ");
    },
  );

  test("HEAD over HTTP/2 is 405, and the connection stands", async () => {
    const headers = { ":method": "HEAD", ":path": `${MFA}/VerifyCode` };
    const answer = await http2Request(server.url, headers, Buffer.alloc(0));
    expect(answer.headers[":status"]).toBe(405);
  });

  test("an unknown compression is refused", async () => {
    expect(await post(`${MFA}/VerifyCode`, "{}", { "content-encoding": "zstd" })).toMatchObject({
      reason: "UNIMPLEMENTED",
    });
  });
});

describe("messages over the limit", () => {
  test("10 MiB of JSON are refused", async () => {
    const answer = await post(`${MFA}/VerifyCode`, JSON.stringify({ user_id: "x".repeat(TEN_MIB) }));
    expect(answer).toMatchObject({ status: 429, reason: "MESSAGE_TOO_LARGE" });
  });

  // Node's HTTP/2 client itself gives up on a stream of 10 MB.
  test.each(clientKinds)("%s: 8 MiB are refused", async (kind: ClientKind) => {
    const userId = "x".repeat(8 * 1024 * 1024);
    expect(reasonOf(await errorOf(mfaClient(kind, server.url).verifyCode({ userId })))).toBe(
      "MESSAGE_TOO_LARGE",
    );
  });

  test("a body of 1 GiB is not read to its end", async () => {
    const head = `POST ${MFA}/VerifyCode HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n`;
    const answer = await rawTcp(
      server.port,
      `${head}Connection: close\r\nContent-Length: 1073741824\r\n\r\n{"user_id":"`,
    );
    expect(answer).toMatch(/^HTTP\/1\.1 429 /);
  });

  test("headers of 64 KiB are 431, and say why", async () => {
    const answer = await rawTcp(
      server.port,
      `POST ${MFA}/VerifyCode HTTP/1.1\r\nHost: x\r\nX-Large: ${"x".repeat(64 * 1024)}\r\n\r\n`,
    );
    expect(answer).toMatch(/^HTTP\/1\.1 431 /);
    expect(connectErrorIn(bodyOf(answer))).toMatchObject({
      code: "resource_exhausted",
      reason: "MESSAGE_TOO_LARGE",
    });
    await post(`${MFA}/VerifyCode`, "");
  });

  test.each(clientKinds)("%s: the limit itself is let through to the decoder", async (kind: ClientKind) => {
    const userId = "x".repeat(64 * 1024 - 200);
    const answer = await mfaClient(kind, server.url).getMfaStatus({ userId });
    expect(answer.maskedDestination).toBe(userId);
  });

  test("a gzip bomb over Connect is refused", async () => {
    const bomb = gzipSync(JSON.stringify({ user_id: "x".repeat(TEN_MIB) }));
    expect(bomb.length).toBeLessThan(64 * 1024);
    const answer = await post(`${MFA}/VerifyCode`, bomb, { "content-encoding": "gzip" });
    expect(answer).toMatchObject({ status: 429, reason: "MESSAGE_TOO_LARGE" });
  });

  test("a gzip bomb over gRPC is refused", async () => {
    const { headers, headersOnly } = await http2Request(
      server.url,
      { ":path": `${MFA}/VerifyCode`, "content-type": "application/grpc", "grpc-encoding": "gzip" },
      frame(gzipSync(Buffer.alloc(TEN_MIB)), 1),
    );
    expect(headers["grpc-status"]).toBe("8");
    expect(headersOnly).toBe(true);
  });

  test("what is no gzip is refused", async () => {
    const answer = await post(`${MFA}/VerifyCode`, "{}", { "content-encoding": "gzip" });
    expect(answer).toMatchObject({ status: 400, reason: "MALFORMED_REQUEST" });
  });
});
