import { request as httpsRequest } from "node:https";
import { createClient } from "@connectrpc/connect";
import { createConnectTransport, createGrpcWebTransport } from "@connectrpc/connect-web";
import { MfaService } from "@countersign/protocol/countersign/mfa/v1/mfa_service_pb.js";
import { expect, test } from "vitest";
import { connectErrorIn } from "../net/support/connect-error.js";
import { frame, http2Request, rawTcp } from "../net/support/raw.js";
import { startTestServer } from "../net/support/test-server.js";
import { createCertificate } from "../support/caller/certificate.js";
import { reasonOf } from "../support/client/errors.js";
import { ChangingSecurity } from "../support/security.js";
import { startTestService } from "../support/service.js";

/** Headers that a page may send without asking first. */
const SAFELISTED = new Set(["accept", "accept-language", "content-language"]);

/**
 * What a browser does for a page of an origin (Fetch standard, section 4.8): asks by a preflight unless the call is simple, sends nothing when
 * the answer does not allow it, and hides the answer, or headers of it, that the page was not allowed to see.
 */
function browserAt(origin: string): typeof fetch {
  return async (input, init) => {
    const request = new Request(input, init);
    const asked = [...request.headers.keys()].filter((name) => !SAFELISTED.has(name));
    const preflight = await fetch(request.url, {
      method: "OPTIONS",
      headers: {
        origin,
        "access-control-request-method": request.method,
        "access-control-request-headers": asked.join(","),
      },
    });
    const grants = (name: string) => (preflight.headers.get(name) ?? "").toLowerCase().split(/, */);
    const granted =
      preflight.ok &&
      preflight.headers.get("access-control-allow-origin") === origin &&
      grants("access-control-allow-methods").includes(request.method.toLowerCase()) &&
      asked.every((name) => grants("access-control-allow-headers").includes(name));
    if (!granted) throw new TypeError("Failed to fetch");
    request.headers.set("origin", origin);
    const answer = await fetch(request);
    if (answer.headers.get("access-control-allow-origin") !== origin) throw new TypeError("Failed to fetch");
    const exposed = (answer.headers.get("access-control-expose-headers") ?? "").toLowerCase().split(/, */);
    const visible = [...answer.headers].filter(([name]) => name === "content-type" || exposed.includes(name));
    return new Response(answer.body, { status: answer.status, headers: visible });
  };
}

const TRANSPORTS = { Connect: createConnectTransport, "gRPC-Web": createGrpcWebTransport };
/** On loopback: without callers configured no other page may call. */
const APP = "http://localhost:5173";

test.each(Object.entries(TRANSPORTS))(
  "a page on an allowed origin calls by %s and reads answers and errors; one on another origin does not",
  async (_, createTransport) => {
    const security = new ChangingSecurity({ headers: { corsOrigins: [APP] } });
    await using service = await startTestService({ config: { security } });
    const clientAt = (origin: string) =>
      createClient(MfaService, createTransport({ baseUrl: service.url, fetch: browserAt(origin) }));
    const headers = { "x-request-id": "page-1" };
    const page = clientAt(APP);
    expect(await page.isMfaRequired({ userId: "anna" }, { headers })).toMatchObject({ required: false });
    await expect(page.verifyCode({ userId: "anna", code: "123456" })).rejects.toSatisfy(
      reasonOf("MFA_NOT_ENABLED"),
    );
    const answer = await fetch(`${service.url}/${MfaService.typeName}/IsMfaRequired`, {
      method: "POST",
      headers: { origin: APP, "content-type": "application/json" },
      body: "{}",
    });
    expect(answer.headers.get("access-control-expose-headers")).toContain("Retry-After");
    for (const other of [
      "https://evil.example.com",
      "https://localhost:5173",
      "http://localhost:5174",
      "null",
    ])
      await expect(clientAt(other).isMfaRequired({ userId: "anna" })).rejects.toThrow(/fetch/);

    security.change({ headers: { corsOrigins: [APP], enableCors: false } });
    await service.replicas[0]?.server.reload();
    await expect(page.isMfaRequired({ userId: "anna" })).rejects.toThrow(/fetch/);
  },
);

test("a call that names a foreign origin does nothing, even without a preflight", async () => {
  let calls = 0;
  await using server = await startTestServer({
    getMfaStatus: () => {
      calls += 1;
      return Promise.resolve({});
    },
  });
  const ask = (headers: Record<string, string>) =>
    fetch(`${server.url}/countersign.mfa.v1.MfaService/GetMfaStatus`, {
      method: "POST",
      headers: { "content-type": "application/json", ...headers },
      body: "{}",
    });
  const refused = await ask({ origin: "https://evil.example.com", "x-request-id": "page-1" });
  expect(refused.status).toBe(403);
  expect(refused.headers.get("access-control-allow-origin")).toBeNull();
  expect(connectErrorIn(await refused.text())).toMatchObject({
    code: "permission_denied",
    reason: "ORIGIN_NOT_ALLOWED",
    requestId: "page-1",
  });
  expect(calls).toBe(0);
  expect((await ask({ origin: server.url })).status).toBe(200);
  expect((await ask({})).status).toBe(200);
});

test("the rule for origins holds on every path, that of plain gRPC too, and no answer may be stored", async () => {
  await using server = await startTestServer();
  const ask = (contentType: string, origin?: string) =>
    http2Request(
      server.url,
      {
        ":path": "/countersign.mfa.v1.MfaService/GetMfaStatus",
        "content-type": contentType,
        ...(origin === undefined ? {} : { origin }),
      },
      contentType === "application/json" ? Buffer.from("{}") : frame(Buffer.alloc(0)),
    );
  for (const contentType of ["application/grpc", "application/grpc-web+proto", "application/json"]) {
    const foreign = await ask(contentType, "https://evil.example.com");
    expect(foreign.headers[":status"]).toBe(403);
    expect(foreign.headers["cache-control"]).toBe("no-store");
    const own = await ask(contentType, server.url);
    expect(own.headers).toMatchObject({ ":status": 200, "cache-control": "no-store" });
    expect((await ask(contentType)).headers).toMatchObject({ ":status": 200, "cache-control": "no-store" });
  }
  const unreadable = await rawTcp(server.port, "no HTTP at all\r\n\r\n");
  expect(unreadable).toMatch(/^HTTP\/1\.1 400 [\s\S]*\r\ncache-control: no-store\r\n/);
});

test("a page may show its caller's token", async () => {
  await using service = await startTestService();
  const preflight = await fetch(`${service.url}/countersign.mfa.v1.MfaService/VerifyCode`, {
    method: "OPTIONS",
    headers: { origin: "http://localhost:5173", "access-control-request-method": "POST" },
  });
  expect(preflight.status).toBe(204);
  expect(preflight.headers.get("access-control-allow-headers")).toContain("Authorization");
  expect(preflight.headers.get("access-control-allow-credentials")).toBeNull();
});

test("answers carry a content security policy while it is on, and no HSTS over cleartext", async () => {
  const security = new ChangingSecurity();
  await using service = await startTestService({ config: { security } });
  const ask = async () => (await fetch(`${service.url}/nothing`)).headers;
  const headers = await ask();
  expect(headers.get("content-security-policy")).toContain("default-src 'none'");
  expect(headers.get("strict-transport-security")).toBeNull();
  security.change({ headers: { enableCsp: false } });
  await service.replicas[0]?.server.reload();
  expect((await ask()).get("content-security-policy")).toBeNull();
});

test("over TLS answers carry HSTS of the policy's age, while it is on", async () => {
  const { key, cert } = createCertificate();
  let hstsMaxAge: number | undefined = 600;
  await using server = await startTestServer({
    listener: {
      tls: { key, cert },
      browsers: () => ({ hstsMaxAge, csp: true, corsOrigins: new Set() }),
    },
  });
  const ask = () =>
    new Promise<string | undefined>((resolve, reject) => {
      httpsRequest({ port: server.port, host: "127.0.0.1", path: "/", ca: cert }, (response) => {
        response.resume();
        resolve(response.headers["strict-transport-security"]);
      })
        .on("error", reject)
        .end();
    });
  expect(await ask()).toBe("max-age=600");
  hstsMaxAge = undefined;
  expect(await ask()).toBeUndefined();
});
