import { setTimeout } from "node:timers/promises";
import {
  createMfaAdminClient,
  createMfaClient,
  createPolicyClient,
  reasonOf,
  retryAfterMsOf,
} from "@countersign/client";
import { afterEach, describe, expect, test, vi } from "vitest";
import { MfaError } from "../../src/domain/errors.js";
import { countingProxy } from "../net/support/counting-proxy.js";
import { startTestServer } from "../net/support/test-server.js";
import { startTestService } from "../support/service.js";
import { startFaultProxy } from "../support/stores/fault-proxy.js";

const away = (retryAfterMs?: number) =>
  new MfaError(
    "STORE_UNAVAILABLE",
    "a store is unavailable",
    retryAfterMs === undefined ? {} : { retryAfterMs },
  );

afterEach(() => vi.useRealTimers());

test("connections age under load, and no call of any kind fails", async () => {
  let changed = 0;
  await using server = await startTestServer({
    listener: { limits: { connectionAgeMs: 40, connectionAgeGraceMs: 5_000 } },
    disableMfa: () => {
      changed += 1;
      return Promise.resolve({});
    },
  });
  await using proxy = await countingProxy(server.port);
  const client = createMfaClient({ baseUrl: proxy.url, defaultTimeoutMs: 30_000 });
  let asked = 0;
  const scopes = Array.from({ length: 16 }, async (_, scope) => {
    while (proxy.connections() < 12) {
      await client.getMfaStatus({ userId: `user-${scope}` });
      await client.disableMfa({ userId: `user-${scope}`, code: "123456" });
      asked += 1;
    }
  });
  await Promise.all(scopes);
  expect(changed).toBe(asked);
});

describe("while the service cannot answer", () => {
  test("a check is repeated under one request_id, with a fresh credential", async () => {
    const ids: string[] = [];
    const tokens: string[] = [];
    await using server = await startTestServer({
      pipeline: {
        authenticate: ({ header }) => {
          tokens.push(header("authorization") ?? "");
          return { id: "login" };
        },
      },
      verifyCode: ({ requestId }) => {
        ids.push(requestId);
        return ids.length < 3 ? Promise.reject(away(20)) : Promise.resolve({});
      },
    });
    let token = 0;
    const client = createMfaClient({
      baseUrl: server.url,
      credential: () => {
        token += 1;
        return Promise.resolve(`token-${token}`);
      },
    });
    await client.verifyCode({ userId: "alice", code: "123456" });
    expect(tokens).toEqual(["Bearer token-1", "Bearer token-2", "Bearer token-3"]);
    expect(ids).toEqual([ids[0], ids[0], ids[0]]);
    await client.verifyCode({ userId: "alice", code: "123456" });
    expect(ids[0]).toMatch(/^[0-9a-f-]{36}$/);
    expect(ids[3]).not.toBe(ids[0]);
  });

  test("what may not be repeated is tried once", async () => {
    let tries = 0;
    const refuse = () => {
      tries += 1;
      return Promise.reject(away(20));
    };
    await using server = await startTestServer({
      setupMfa: refuse,
      verifySetup: refuse,
      disableMfa: refuse,
      regenerateBackupCodes: refuse,
    });
    const client = createMfaClient({ baseUrl: server.url });
    const code = { userId: "alice", code: "123456" };
    const calls = [
      () => client.setupMfa({ userId: "alice" }),
      () => client.verifySetup(code),
      () => client.disableMfa(code),
      () => client.regenerateBackupCodes(code),
    ];
    for (const call of calls) {
      const error = await call().catch((thrown: unknown) => thrown);
      expect([reasonOf(error), retryAfterMsOf(error)]).toEqual(["STORE_UNAVAILABLE", 20]);
    }
    expect(tries).toBe(calls.length);
  });

  test("nobody waits beyond the deadline: the error comes as soon as a retry would be too late", async () => {
    // Whoever waited for either would wait for longer than a test has.
    await using server = await startTestServer({ getMfaStatus: () => Promise.reject(away(3_600_000)) });
    const client = createMfaClient({ baseUrl: server.url, defaultTimeoutMs: 1_800_000 });
    const error = await client.getMfaStatus({ userId: "alice" }).catch((thrown: unknown) => thrown);
    expect(reasonOf(error)).toBe("STORE_UNAVAILABLE");
  });
});

test("a service that is not there yet is met when it comes, by changes too", async () => {
  await using server = await startTestServer({ disableMfa: () => Promise.resolve({}) });
  await using proxy = await startFaultProxy({ host: "127.0.0.1", port: server.port });
  await proxy.set("refuse");
  const client = createMfaClient({ baseUrl: `http://127.0.0.1:${proxy.port}` });
  const disabling = client.disableMfa({ userId: "alice", code: "123456" });
  await proxy.set("pass");
  await expect(disabling).resolves.toBeDefined();
});

test("a connection that died without a word is found out and replaced within the deadline", async () => {
  await using server = await startTestServer();
  await using proxy = await startFaultProxy({ host: "127.0.0.1", port: server.port });
  const client = createMfaClient({ baseUrl: `http://127.0.0.1:${proxy.port}`, defaultTimeoutMs: 60_000 });
  await client.getMfaStatus({ userId: "alice" });
  await setTimeout(100); // the stream has to close, or its close counts as a sign of life
  await proxy.set("black-hole");
  vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + 60_000 });
  const asking = client.getMfaStatus({ userId: "bob" });
  await setTimeout(200);
  await proxy.set("pass"); // for new connections: what was swallowed stays lost
  await expect(asking).resolves.toMatchObject({ maskedDestination: "bob" });
});

test("the policy and the administration have clients of their own", async () => {
  await using service = await startTestService();
  const policy = createPolicyClient({ baseUrl: service.url });
  expect((await policy.getSecurityPolicy({})).policy?.mfa).toBeDefined();
  const admin = createMfaAdminClient({ baseUrl: service.url });
  expect((await admin.unlockUser({ userId: "alice", reason: "TICKET-1" })).unlockTime).toBeDefined();
});
