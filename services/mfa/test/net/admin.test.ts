import { once } from "node:events";
import { connect } from "node:net";
import { type AdminListening, listenAdmin } from "@countersign/rpc-server";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { rawTcp } from "./support/raw.js";

const OK = { ok: true, checks: {} };

let ready: { ok: boolean; checks: Record<string, string> };
let faults: unknown[];
let admin: AdminListening;
let url: string;

beforeEach(async () => {
  ready = { ok: false, checks: { postgres: "ok", redis: "not reached" } };
  faults = [];
  admin = await listenAdmin({
    host: "127.0.0.1",
    port: 0,
    probes: { live: () => OK, started: () => OK, ready: () => ready },
    metrics: () => Promise.resolve({ contentType: "text/plain; version=0.0.4", body: "up 1\n" }),
    routes: [
      { path: "/outbox", local: true, page: () => ({ contentType: "application/json", body: "[]" }) },
      {
        path: "/switch",
        local: true,
        page: () => ({ contentType: "text/plain", body: "off" }),
        change: (body) => ({ status: 200, contentType: "text/plain", body: `set to ${body}` }),
      },
      { path: "/broken", local: false, page: () => Promise.reject(new Error("secret")) },
    ],
    allowedHosts: ["metrics.internal"],
    onFault: (fault) => faults.push(fault),
  });
  url = `http://127.0.0.1:${admin.address.port}`;
});

afterEach(() => admin[Symbol.asyncDispose]());

test("probes answer in a word, and in JSON when asked to be verbose", async () => {
  expect(await (await fetch(`${url}/livez`)).text()).toBe("ok\n");
  const refused = await fetch(`${url}/readyz`);
  expect([refused.status, await refused.text()]).toEqual([503, "not ok\n"]);
  const verbose = await fetch(`${url}/readyz?verbose`);
  expect([verbose.status, await verbose.json()]).toEqual([503, ready]);
  ready = OK;
  expect((await fetch(`${url}/readyz`)).status).toBe(200);
  expect((await fetch(`${url}/startupz`)).headers.get("cache-control")).toBe("no-store");
});

test("metrics are served where there are any", async () => {
  const response = await fetch(`${url}/metrics`);
  expect([response.status, await response.text()]).toEqual([200, "up 1\n"]);
  await using bare = await listenAdmin({
    host: "127.0.0.1",
    port: 0,
    probes: { live: () => OK, started: () => OK, ready: () => OK },
    onFault: () => undefined,
  });
  expect((await fetch(`http://127.0.0.1:${bare.address.port}/metrics`)).status).toBe(404);
});

test("a page that fails is 500 without a word of why, and heard of within", async () => {
  const response = await fetch(`${url}/broken`);
  expect([response.status, await response.text()]).toEqual([500, "internal error\n"]);
  expect(faults).toEqual([new Error("secret")]);
});

test("the admin port serves only GET and HEAD", async () => {
  const response = await fetch(`${url}/livez`, { method: "POST" });
  expect([response.status, response.headers.get("allow")]).toEqual([405, "GET, HEAD"]);
  expect(await (await fetch(`${url}/livez`, { method: "HEAD" })).text()).toBe("");
});

describe("a page that can be changed", () => {
  const change = (body: string, type = "application/json") =>
    fetch(`${url}/switch`, { method: "POST", headers: { "content-type": type }, body });

  test("takes a small body of JSON by POST, and nothing else", async () => {
    const changed = await change(`"on"`, "Application/JSON; charset=utf-8");
    expect([changed.status, await changed.text()]).toEqual([200, `set to "on"`]);
    expect((await change(`"on"`, "text/plain")).status).toBe(415);
    expect((await change(`"${"o".repeat(1_023)}"`)).status).toBe(413);
    expect((await change(`"${"o".repeat(1_022)}"`)).status).toBe(200);
    expect(await (await fetch(`${url}/switch`)).text()).toBe("off");
  });

  // A browser asks so whether a page may send JSON to another origin.
  test("a page that takes POST allows no other method", async () => {
    for (const method of ["OPTIONS", "PUT", "DELETE"]) {
      const response = await fetch(`${url}/switch`, { method });
      expect([response.status, response.headers.get("allow")]).toEqual([405, "GET, HEAD, POST"]);
      expect(response.headers.get("access-control-allow-origin")).toBeNull();
    }
    expect((await fetch(`${url}/outbox`, { method: "POST" })).status).toBe(405);
  });

  test("a page is changed by no program behind a proxy", async () => {
    const headers = { "content-type": "application/json", via: "1.1 proxy" };
    expect((await fetch(`${url}/switch`, { method: "POST", headers, body: "1" })).status).toBe(404);
  });
});

describe("the Host header", () => {
  const ask = (path: string, host: string) =>
    rawTcp(admin.address.port, `GET ${path} HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`);

  // Prometheus asks by the pod's address.
  test.each([
    "10.1.2.3:9090",
    "[2001:db8::1]:9090",
    "localhost:9090",
    "127.0.0.1",
    "metrics.internal",
    "Metrics.Internal.:9090",
  ])("%s gets the metrics", async (host) => {
    expect(await ask("/metrics", host)).toMatch(/^HTTP\/1\.1 200 /);
  });

  // What a browser sends when a page's own name was made to resolve to this server.
  test.each(["evil.example", "evil.example:9090", "10.0.0.1.evil.example", "localhost.evil.example"])(
    "the Host header: %s gets none",
    async (host) => {
      const answer = await ask("/metrics", host);
      expect(answer).toMatch(/^HTTP\/1\.1 421 /);
      expect(answer).not.toContain("up 1");
      expect(await ask("/broken", host)).toMatch(/^HTTP\/1\.1 421 /);
    },
  );

  test("the Host header does not matter to probes", async () => {
    for (const path of ["/livez", "/startupz"])
      expect(await ask(path, "any.example")).toMatch(/^HTTP\/1\.1 200 /);
  });
});

test("a hundred connections that say nothing do not keep a probe waiting", async () => {
  const silent = Array.from({ length: 120 }, () => connect(admin.address.port, "127.0.0.1"));
  for (const socket of silent) socket.on("error", () => undefined);
  await Promise.all(silent.map((socket) => once(socket, "connect")));
  for (let n = 0; n < 3; n += 1) {
    const response = await fetch(`${url}/livez`, { signal: AbortSignal.timeout(2_000) });
    expect(response.status).toBe(200);
  }
  for (const socket of silent) socket.destroy();
});

test("a connection that says nothing is closed within a few seconds", async () => {
  expect(await rawTcp(admin.address.port)).toMatch(/^(?:HTTP\/1\.1 408 |$)/);
  // Left to itself Node takes a minute.
}, 30_000);

describe("a local page", () => {
  const ask = (host: string) =>
    rawTcp(admin.address.port, `GET /outbox HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`);

  test.each(["localhost:9090", "127.0.0.1", "[::1]:9090"])("a local page is there under %s", async (host) => {
    expect(await ask(host)).toMatch(/^HTTP\/1\.1 200 /);
  });

  // What a browser sends when a page's own name was made to resolve to this machine.
  test.each(["evil.example", "localhost.evil.example", "10.0.0.1", "127.0.0.1.evil.example"])(
    "a local page is not there under %s",
    async (host) => {
      expect(await ask(host)).toMatch(/^HTTP\/1\.1 404 /);
    },
  );

  test.each(["Forwarded", "Via", "X-Forwarded-For", "X-Real-IP"])(
    "a local page is not there for what a proxy passes on: %s",
    async (name) => {
      const forwarded = await rawTcp(
        admin.address.port,
        `GET /outbox HTTP/1.1\r\nHost: localhost\r\n${name}: 127.0.0.1\r\nConnection: close\r\n\r\n`,
      );
      expect(forwarded).toMatch(/^HTTP\/1\.1 404 /);
    },
  );

  // HAProxy's probes, unless they are told to speak HTTP/1.1.
  test("a probe of HTTP/1.0 needs none, a page does", async () => {
    const askWithout = (path: string) => rawTcp(admin.address.port, `GET ${path} HTTP/1.0\r\n\r\n`);
    expect(await askWithout("/livez")).toMatch(/^HTTP\/1\.1 200 /);
    expect(await askWithout("/metrics")).toMatch(/^HTTP\/1\.1 421 /);
  });

  test("a malformed Host is 400", async () => {
    expect(await ask("a b c")).toMatch(/^HTTP\/1\.1 400 /);
  });
});
