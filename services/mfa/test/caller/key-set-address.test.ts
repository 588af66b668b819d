import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, beforeEach, expect, test } from "vitest";
import {
  AUDIENCE,
  ISSUER,
  keySetOf,
  type PublishedKey,
  publishedKey,
  token,
} from "../support/caller/caller-tokens.js";
import { bearing, type ListedService, startWithCallers } from "../support/caller/listed-callers.js";
import { reasonOf } from "../support/client/errors.js";
import { untilDone } from "../support/until.js";

/** What the issuer's address answers. */
let answer: { status: number; body: string; headers?: Record<string, string> };
let asked = 0;
let key: PublishedKey;
const issuer = createServer((_, response) => {
  asked += 1;
  response.writeHead(answer.status, answer.headers).end(answer.body);
});

beforeEach(async () => {
  asked = 0;
  key = await publishedKey("EdDSA", "key");
  answer = { status: 200, body: keySetOf(key) };
  await new Promise<void>((resolve) => issuer.listen(0, "127.0.0.1", resolve));
});
afterEach(async () => {
  issuer.closeAllConnections();
  await new Promise((resolve) => issuer.close(resolve));
});

function start(): Promise<ListedService> {
  const url = `http://127.0.0.1:${(issuer.address() as AddressInfo).port}/keys`;
  const keys = { kind: "jwks-url" as const, url };
  return startWithCallers({ bearer: () => ({ issuer: ISSUER, audience: AUDIENCE, keys }) });
}

test("keys are fetched from their address once, and used from then on", async () => {
  await using listed = await start();
  for (let call = 0; call < 5; call += 1) {
    const client = bearing(listed.service, await token(key, listed.service.clock, { jti: call }));
    await expect(client.getMfaStatus({ userId: "a" })).resolves.toBeDefined();
  }
  expect(asked).toBe(1);
});

test("while they cannot be fetched every token is answered UNAVAILABLE, and none once they can", async () => {
  answer = { status: 503, body: "down" };
  await using listed = await start();
  const client = bearing(listed.service, await token(key, listed.service.clock));
  await expect(client.getMfaStatus({ userId: "a" })).rejects.toSatisfy(reasonOf("STORE_UNAVAILABLE"));
  answer = { status: 200, body: keySetOf(key) };
  await untilDone(() => client.getMfaStatus({ userId: "a" }));
});

test.each([
  ["a redirect", { status: 302, body: "", headers: { location: "http://127.0.0.1:1/keys" } }],
  ["a page", { status: 200, body: "<html>" }],
  ["more than a mebibyte", { status: 200, body: " ".repeat(1_100_000) }],
])("%s in place of keys is refused, and lets nobody in", async (_, given) => {
  answer = given;
  await using listed = await start();
  expect(listed.reloads).toEqual(["caller_keys refused"]);
  const client = bearing(listed.service, await token(key, listed.service.clock));
  await expect(client.getMfaStatus({ userId: "a" })).rejects.toSatisfy(reasonOf("STORE_UNAVAILABLE"));
});
