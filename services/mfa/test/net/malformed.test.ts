import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { connect as connectHttp2 } from "node:http2";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { mfaClient } from "./support/clients.js";
import { connectErrorIn } from "./support/connect-error.js";
import { bodyOf, frame, grpcRequest, http2Request, rawTcp } from "./support/raw.js";
import { startTestServer, type TestServer } from "./support/test-server.js";

const STATUS = "/countersign.mfa.v1.MfaService/GetMfaStatus";
const HOST_MALFORMED = { code: "invalid_argument", reason: "HOST_MALFORMED" };
/** A connection that is cut short in the middle of what it sends is not waited for any longer. */
const LIMITS = { sniffTimeoutMs: 2_000, headersTimeoutMs: 2_000, requestTimeoutMs: 5_000 };

let server: TestServer;

beforeEach(async () => {
  server = await startTestServer({
    listener: { limits: LIMITS },
    // Whatever the host is called.
    pipeline: { authenticate: () => ({ id: "test" }) },
  });
});

/** Whatever a test sent, the process lives and serves. */
afterEach(async () => {
  const answer = await mfaClient("gRPC over HTTP/2", server.url).getMfaStatus({ userId: "still here" });
  expect(answer.maskedDestination).toBe("still here");
  expect(server.log.lines.filter(({ level }) => level === "error")).toEqual([]);
  await server[Symbol.asyncDispose]();
});

describe("a malformed address of the server", () => {
  test.each(["a b c", "127.0.0.1:1,127.0.0.1:2", "[::1", "a/b", "a@b", "host:port", "a\tb"])(
    "Host %j is 400",
    async (host) => {
      const answer = await rawTcp(
        server.port,
        `POST ${STATUS} HTTP/1.1\r\nHost: ${host}\r\nContent-Type: application/json\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}`,
      );
      expect(answer).toMatch(/^HTTP\/1\.1 400 /);
      expect(connectErrorIn(bodyOf(answer))).toMatchObject(HOST_MALFORMED);
    },
  );

  test.each(["", "Host: \r\n"])("no host (%j) is 400", async (line) => {
    const answer = await rawTcp(
      server.port,
      `POST ${STATUS} HTTP/1.1\r\n${line}Content-Type: application/json\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}`,
    );
    expect(answer).toMatch(/^HTTP\/1\.1 400 /);
    expect(connectErrorIn(bodyOf(answer))).toMatchObject(HOST_MALFORMED);
  });

  test.each(["localhost", "other.example"])("two hosts (localhost and %s) are 400", async (second) => {
    const answer = await rawTcp(
      server.port,
      `POST ${STATUS} HTTP/1.1\r\nHost: localhost\r\nhost: ${second}\r\nContent-Type: application/json\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}`,
    );
    expect(answer).toMatch(/^HTTP\/1\.1 400 /);
    expect(connectErrorIn(bodyOf(answer))).toMatchObject(HOST_MALFORMED);
  });

  test.each(["application/grpc", "application/json"])(
    "a Host that differs from :authority is 400 (RFC 9113, 8.3.1): %s",
    async (contentType) => {
      const ask = (host: string) => {
        const named = { ":path": STATUS, ":authority": "localhost", "content-type": contentType };
        const body = contentType === "application/json" ? Buffer.from("{}") : frame(Buffer.alloc(0));
        return http2Request(server.url, { ...named, host }, body);
      };
      expect((await ask("other.example")).headers[":status"]).toBe(400);
      expect((await ask("LOCALHOST")).headers[":status"]).toBe(200);
    },
  );

  test("what is no HTTP at all is 400, and says so", async () => {
    const answer = await rawTcp(server.port, "GET / HTTP/1.1\r\nno header at all: \u0000\r\n123456\r\n\r\n");
    expect(answer).toMatch(/^HTTP\/1\.1 400 /);
    const error = connectErrorIn(bodyOf(answer));
    expect(error).toMatchObject({ code: "invalid_argument", reason: "MALFORMED_REQUEST" });
    expect(answer).toContain(`x-request-id: ${error.requestId}`);
    expect(answer).not.toContain("123456");
  });

  const withAuthority = (authority: string) =>
    http2Request(
      server.url,
      { ":path": STATUS, ":authority": authority, "content-type": "application/grpc" },
      frame(Buffer.alloc(0)),
    );

  test.each(["127.0.0.1:1,127.0.0.1:2", "host:port", "[::1"])(":authority %j is 400", async (authority) => {
    const { headers, body } = await withAuthority(authority);
    expect(headers[":status"]).toBe(400);
    expect(connectErrorIn(body.toString())).toMatchObject(HOST_MALFORMED);
  });

  test(':authority "a@b" is 400, or reset by an HTTP/2 library that allows no user in it (RFC 9113, 8.3.1)', async () => {
    const refused = await withAuthority("a@b").then(
      ({ headers }) => headers[":status"],
      (error: unknown) => (error as Error).message,
    );
    expect([400, "Stream closed with error code NGHTTP2_PROTOCOL_ERROR"]).toContain(refused);
  });

  test.each(["localhost", "127.0.0.1:50051", "[::1]:50051", "mfa.prod.svc.cluster.local:443", "under_score"])(
    "Host %j is served",
    async (host) => {
      const answer = await rawTcp(
        server.port,
        `POST ${STATUS} HTTP/1.1\r\nHost: ${host}\r\nContent-Type: application/json\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}`,
      );
      expect(answer).toMatch(/^HTTP\/1\.1 200 /);
    },
  );
});

describe("malformed gRPC requests", () => {
  const cases: [string, Buffer, string][] = [
    ["no message", Buffer.alloc(0), "12"],
    ["two messages", Buffer.concat([frame(Buffer.alloc(0)), frame(Buffer.alloc(0))]), "12"],
    ["half a prefix", Buffer.from([0, 0]), "3"],
    ["half a message", frame(Buffer.from("0a05616c696365", "hex")).subarray(0, 8), "3"],
    ["bytes that are no protobuf", frame(Buffer.from([0xff, 0xff, 0xff])), "3"],
    ["text that is no UTF-8", frame(Buffer.from([0x0a, 0x02, 0xc3, 0x28])), "3"],
    ["a field that ends too early", frame(Buffer.from([0x0a, 0x7f])), "3"],
    ["a mark of compression without compression", frame(Buffer.alloc(0), 1), "3"],
    ["a length of 4 GiB", Buffer.from([0, 255, 255, 255, 255, 0]), "8"],
  ];
  test.each(cases)("malformed gRPC requests: %s", async (_name, body, status) => {
    const { headers, headersOnly } = await grpcRequest(server.url, STATUS, body);
    expect(headers["grpc-status"]).toBe(status);
    expect(headers["grpc-status-details-bin"]).toBeTypeOf("string");
    expect(headersOnly).toBe(true);
  });

  test.each(["5", "x", "1h", "123456789S", "-1S", "1.5S", ""])(
    "a timeout of %j is refused",
    async (timeout) => {
      const { headers } = await http2Request(
        server.url,
        { ":path": STATUS, "content-type": "application/grpc", "grpc-timeout": timeout },
        frame(Buffer.alloc(0)),
      );
      expect(headers["grpc-status"]).toBe("3");
    },
  );

  test("a request id that is no plain text is replaced", async () => {
    const { headers } = await http2Request(
      server.url,
      { ":path": STATUS, "content-type": "application/grpc", "x-request-id": 'a"b\\u0000 {}' },
      frame(Buffer.alloc(0)),
    );
    expect(headers["x-request-id"]).toMatch(/^[0-9a-f]{8}-[0-9a-f-]{27}$/);
  });
});

describe("what is no HTTP at all", () => {
  test("what is no HTTP at all: random bytes", async () => {
    await Promise.all(Array.from({ length: 20 }, () => rawTcp(server.port, randomBytes(512))));
  });

  test("an HTTP/2 preface and then random bytes", async () => {
    const preface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
    await Promise.all(Array.from({ length: 20 }, () => rawTcp(server.port, preface, randomBytes(512))));
  });

  test("headers beyond all measure", async () => {
    // Short enough to be read in one piece: a connection closed before the rest is read is reset, and the answer may be lost with it.
    const head = `POST ${STATUS} HTTP/1.1\r\nHost: x\r\nX-Big: ${"a".repeat(20_000)}\r\n\r\n`;
    expect(await rawTcp(server.port, head)).toMatch(/^HTTP\/1\.1 431 /);
  });

  test("headers beyond all measure on HTTP/2", async () => {
    const session = connectHttp2(server.url);
    // The limit holds from when the client has heard of it.
    await once(session, "remoteSettings");
    const oversized = session.request({ ":method": "POST", ":path": STATUS, "x-big": "a".repeat(20_000) });
    await expect(once(oversized, "response")).rejects.toThrow("NGHTTP2_ENHANCE_YOUR_CALM");
    const fitting = session.request({
      ":method": "POST",
      ":path": STATUS,
      "content-type": "application/grpc",
    });
    fitting.end(frame(Buffer.alloc(0)));
    const [headers] = (await once(fitting, "response")) as [{ ":status": number }];
    expect(headers[":status"]).toBe(200);
    session.destroy();
  });
});
