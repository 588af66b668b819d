import { connect } from "node:http2";
import type { PortProbes } from "@countersign/rpc-server";
import { describe, expect, test } from "vitest";
import { http2Request, rawTcp } from "./support/raw.js";
import { startTestServer } from "./support/test-server.js";

type Listener = NonNullable<Parameters<typeof startTestServer>[0]>["listener"];

/** A server that knows no caller. */
function start(probes: PortProbes, listener: Listener = {}) {
  return startTestServer({
    pipeline: { authenticate: () => undefined },
    listener: { ...listener, probes },
  });
}

const UNREADY = { live: () => true, ready: () => false };

describe("the main port answers probes by a status alone, without a credential", () => {
  test("a probe is answered over HTTP/1.1, whether or not details are asked for", async () => {
    await using server = await start(UNREADY);
    for (const [path, status] of [
      ["/livez", 200],
      ["/readyz", 503],
      ["/readyz?verbose", 503],
    ] as const) {
      const answer = await fetch(`${server.url}${path}`);
      expect([answer.status, await answer.text()]).toEqual([status, ""]);
      expect(answer.headers.get("cache-control")).toBe("no-store");
    }
    const head = await fetch(`${server.url}/readyz`, { method: "HEAD" });
    expect(head.status).toBe(503);
  });

  test("a probe is answered over HTTP/2", async () => {
    await using server = await start(UNREADY);
    const get = (path: string) =>
      http2Request(server.url, { ":method": "GET", ":path": path }, Buffer.alloc(0));
    for (const [path, status] of [
      ["/livez", 200],
      ["/readyz", 503],
    ] as const) {
      const { headers, headersOnly } = await get(path);
      expect([headers[":status"], headersOnly]).toEqual([status, true]);
    }
  });

  test("a probe is answered over HTTP/1.0 without a Host, HAProxy's default", async () => {
    await using server = await start(UNREADY);
    expect(await rawTcp(server.port, "GET /livez HTTP/1.0\r\n\r\n")).toMatch(/^HTTP\/1\.1 200 /);
  });

  test("a probe writes no access line", async () => {
    await using server = await start(UNREADY);
    await fetch(`${server.url}/livez`);
    expect(server.log.lines).toEqual([]);
  });
});

test.each([
  ["another method", "POST /readyz HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\n", 404],
  ["a malformed Host", "GET /readyz HTTP/1.1\r\nHost: a b\r\n", 400],
  [
    "a page of another origin",
    "GET /readyz HTTP/1.1\r\nHost: localhost\r\nOrigin: https://evil.example\r\n",
    403,
  ],
])("%s is refused as on any path", async (_, head, status) => {
  await using server = await start({ live: () => true, ready: () => true });
  expect(await rawTcp(server.port, `${head}Connection: close\r\n\r\n`)).toMatch(
    new RegExp(`^HTTP/1\\.1 ${status} `),
  );
});

test("whoever asks is bounded as every client without a caller", async () => {
  const observed: string[] = [];
  const observer = {
    connectionEnded: (reason: string) => observed.push(reason),
    streamRefused: () => undefined,
  };
  await using server = await start(UNREADY, { limits: { maxAnonymousRatePerPeer: 1 }, observer });
  const session = connect(server.url);
  session.on("error", () => undefined);
  for (let n = 0; n < 30; n += 1)
    session
      .request({ ":path": "/readyz" })
      .on("error", () => undefined)
      .end();
  await expect.poll(() => observed).toContain("rate_peer");
  session.destroy();
});

test("without probes there are no such paths", async () => {
  await using server = await startTestServer();
  expect((await fetch(`${server.url}/readyz`)).status).toBe(404);
});
