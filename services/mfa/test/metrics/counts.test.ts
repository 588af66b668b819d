import { randomUUID } from "node:crypto";
import { Method } from "@countersign/protocol/countersign/mfa/v1/method_pb.js";
import { afterAll, beforeAll, expect, test } from "vitest";
import { reasonOf } from "../support/client/errors.js";
import { wrongCode } from "../support/enrolment/authenticator.js";
import { enrolTotp } from "../support/enrolment/enrolment.js";
import { scrape } from "../support/scrape.js";
import { DEFAULT_MFA_POLICY as policy } from "../support/security.js";
import { AMPLE_LIMITS, type Replica, startTestService, type TestService } from "../support/service.js";

let service: TestService;
beforeAll(async () => {
  service = await startTestService({
    replicas: 2,
    config: { sendLimits: { ...AMPLE_LIMITS, user: { max: 1, windowMs: 3_600_000 } } },
  });
});
afterAll(() => service[Symbol.asyncDispose]());

function first(): Replica {
  const [replica] = service.replicas;
  if (replica === undefined) throw new Error("no replica");
  return replica;
}

/** What the work adds to each sample of the first replica. */
async function growth(work: () => Promise<void>): Promise<(name: string) => number> {
  const before = await scrape(first());
  await work();
  const after = await scrape(first());
  return (name) => (after.get(name) ?? Number.NaN) - (before.get(name) ?? Number.NaN);
}

function handled(method: string, code: string): string {
  const labels = `grpc_type="unary",grpc_service="countersign.mfa.v1.MfaService",grpc_method="${method}"`;
  return `grpc_server_handled_total{${labels},grpc_code="${code}"}`;
}

test("a login, a wrong code and a replay move their counters by one each", async () => {
  const { client, clock } = service;
  const { userId, authenticator } = await enrolTotp(client, clock);
  const grown = await growth(async () => {
    await client.verifyCode({ userId, code: wrongCode(authenticator, clock.ms) });
    await client.verifyCode({ userId, code: authenticator.code(clock.ms) });
    await client.verifyCode({ userId, code: authenticator.code(clock.ms) });
  });
  expect(grown('countersign_verifications_total{factor="totp",outcome="approved"}')).toBe(1);
  expect(grown('countersign_verifications_total{factor="totp",outcome="invalid"}')).toBe(1);
  expect(grown('countersign_verifications_total{factor="totp",outcome="replayed"}')).toBe(1);
  expect(grown('countersign_replay_rejected_total{factor="totp"}')).toBe(1);
  expect(grown('countersign_replay_rejected_total{factor="sms"}')).toBe(0);
  expect(grown(handled("VerifyCode", "OK"))).toBe(3);
  expect(grown(handled("VerifyCode", "Internal"))).toBe(0);
});

test("a login that is asked for again by its request_id is counted as such, and as one check", async () => {
  const { client, clock } = service;
  const { userId, authenticator } = await enrolTotp(client, clock);
  const login = { userId, code: authenticator.code(clock.ms), requestId: randomUUID() };
  const grown = await growth(async () => {
    for (let time = 0; time < 3; time += 1) await client.verifyCode(login);
  });
  expect(grown('countersign_idempotent_replays_total{method="VerifyCode"}')).toBe(2);
  expect(grown('countersign_idempotent_replays_total{method="SendVerificationCode"}')).toBe(0);
  expect(grown('countersign_verifications_total{factor="totp",outcome="approved"}')).toBe(1);
});

test("a lock is counted once, with the wrong code that made it", async () => {
  const { client, clock } = service;
  const { userId, authenticator, backupCodes } = await enrolTotp(client, clock);
  const grown = await growth(async () => {
    for (let guess = 0; guess < policy.maxAttempts + 2; guess += 1) {
      await client.verifyCode({ userId, code: wrongCode(authenticator, clock.ms) });
    }
    await client.verifyCode({ userId, code: backupCodes[0] ?? "" });
  });
  expect(grown('countersign_lockouts_total{scope="primary"}')).toBe(1);
  expect(grown('countersign_lockouts_total{scope="backup"}')).toBe(0);
  expect(grown('countersign_verifications_total{factor="totp",outcome="locked"}')).toBeGreaterThan(0);
  expect(grown('countersign_verifications_total{factor="backup_code",outcome="approved"}')).toBe(1);
});

test("a right code with the last attempt locks nobody", async () => {
  const { client, clock } = service;
  const { userId, authenticator } = await enrolTotp(client, clock);
  const grown = await growth(async () => {
    for (let guess = 0; guess < policy.maxAttempts - 1; guess += 1) {
      await client.verifyCode({ userId, code: wrongCode(authenticator, clock.ms) });
    }
    const { outcome } = await client.verifyCode({ userId, code: authenticator.code(clock.ms) });
    expect(outcome.case).toBe("approved");
  });
  expect(grown('countersign_lockouts_total{scope="primary"}')).toBe(0);
});

test("a code that is sent and one that a limit refuses are counted", async () => {
  const { client } = service;
  const setup = { userId: randomUUID(), method: Method.EMAIL, email: "carol@example.com" };
  const grown = await growth(async () => {
    await client.setupMfa(setup);
    await expect(client.setupMfa(setup)).rejects.toSatisfy(reasonOf("SEND_RATE_LIMITED"));
  });
  expect(grown('countersign_challenges_created_total{factor="email"}')).toBe(1);
  expect(grown('countersign_rate_limited_total{limit="user"}')).toBe(1);
  expect(grown(handled("SetupMfa", "ResourceExhausted"))).toBe(1);
});

test("each server counts for itself, and names nobody", async () => {
  const { client, clock } = service;
  const { userId } = await enrolTotp(client, clock, "user-in-no-label");
  await expect(client.verifyCode({ userId, code: "" })).rejects.toThrow();
  const [mine, other] = await Promise.all(service.replicas.map(scrape));
  expect(mine?.get(handled("SetupMfa", "OK"))).toBeGreaterThan(0);
  expect(other?.get(handled("SetupMfa", "OK"))).toBe(0);
  const names = [...(mine?.keys() ?? [])].join("\n");
  expect(names).not.toContain(userId);
  expect(names).not.toContain("@example.com");
  expect(names).not.toContain("127.0.0.1");
});

test("what clients ask for beyond what is served has one series", async () => {
  const { url } = service;
  const before = await scrape(first());
  for (const path of ["No.Such/Thing", "countersign.mfa.v1.MfaService/Nothing"]) {
    await fetch(`${url}/${path}`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: "{}",
    });
  }
  const after = await scrape(first());
  expect([...after.keys()].filter((name) => !before.has(name))).toEqual([]);
});

test("connections, stores and the clock are shown as they are", async () => {
  const samples = await scrape(first());
  expect(samples.get("countersign_http2_sessions")).toBeGreaterThan(0);
  expect(samples.get("countersign_redis_up")).toBe(1);
  expect(samples.get("countersign_redis_commands_seconds_count")).toBeGreaterThan(0);
  expect(samples.get("countersign_pg_pool_max")).toBe(service.config.databaseConnections);
  expect(Math.abs(samples.get("countersign_clock_skew_seconds") ?? Number.NaN)).toBeLessThan(1);
  expect(samples.get('countersign_ready{check="stores"}')).toBe(1);
  expect(samples.get("countersign_draining")).toBe(0);
});
