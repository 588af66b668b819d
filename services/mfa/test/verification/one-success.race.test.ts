import { MfaService } from "@countersign/protocol/countersign/mfa/v1/mfa_service_pb.js";
import { expect, test } from "vitest";
import { COPIES, count, ROUNDS, racersOf } from "../support/client/burst.js";
import { beginTotp, enrolTotp } from "../support/enrolment/enrolment.js";
import { DEFAULT_MFA_POLICY } from "../support/security.js";
import { startTestService } from "../support/service.js";
import { startRedis } from "../support/stores/redis.js";

const { verifyCode, verifySetup } = MfaService.method;
/** Twice the slow hash, at its cost in tests. */
const SPREAD_MS = 20;

/** With as many attempts as there are copies: what holds then is the conditional write alone. */
async function startUnthrottled() {
  const policy = { ...DEFAULT_MFA_POLICY, maxAttempts: COPIES * 2 };
  return startTestService({ replicas: 2, overrides: { policy: () => policy, backupCodeLogN: 10 } });
}

test("200 copies of one TOTP code over two replicas: exactly one approved, in each of 50 rounds", async () => {
  await using service = await startUnthrottled();
  await using racers = racersOf(service);
  const { clock } = service;
  const { userId, authenticator } = await enrolTotp(service.client, clock);
  for (let round = 0; round < ROUNDS; round += 1) {
    const code = authenticator.code(clock.ms);
    const outcomes = await racers.race((client) => client.call(verifyCode, { userId, code }));
    expect(count(outcomes, "approved")).toBe(1);
    expect(count(outcomes, "CODE_REPLAYED")).toBe(COPIES - 1);
    clock.advance(30);
  }
}, 300_000);

test("200 copies of one confirming code over two replicas: exactly one enables, in each of 50 rounds", async () => {
  await using service = await startUnthrottled();
  await using racers = racersOf(service);
  const { clock } = service;
  for (let round = 0; round < ROUNDS; round += 1) {
    const { userId, authenticator } = await beginTotp(service.client);
    const code = authenticator.code(clock.ms);
    const outcomes = await racers.race((client) => client.call(verifySetup, { userId, code }));
    expect(count(outcomes, "enabled")).toBe(1);
    expect(count(outcomes, "unset")).toBe(0);
  }
}, 300_000);

test("200 copies of one backup code over two replicas, concurrently and one after another: exactly one approved, in each of 50 rounds", async () => {
  await using service = await startUnthrottled();
  await using racers = racersOf(service);
  const { clock } = service;
  for (let round = 0; round < ROUNDS; round += 10) {
    const { userId, backupCodes } = await enrolTotp(service.client, clock);
    for (const [index, code] of backupCodes.entries()) {
      const spreadMs = index % 2 === 0 ? 0 : SPREAD_MS;
      const outcomes = await racers.race((client) => client.call(verifyCode, { userId, code }), spreadMs);
      expect(count(outcomes, "approved")).toBe(1);
      expect(count(outcomes, "unset")).toBe(0);
    }
    expect(await service.client.getMfaStatus({ userId })).toMatchObject({ backupCodesRemaining: 0 });
  }
}, 300_000);

test("200 parallel guesses over two replicas: no more are compared than the limit allows", async () => {
  await using service = await startTestService({ replicas: 2 });
  await using racers = racersOf(service);
  const { clock, database } = service;
  for (let round = 0; round < ROUNDS; round += 1) {
    const { userId } = await enrolTotp(service.client, clock);
    await racers.race((client, copy) => {
      const code = (round * COPIES + copy).toString().padStart(6, "0");
      return client.call(verifyCode, { userId, code });
    });
    const [settings] =
      await database.sql`select consecutive_failures from mfa_settings where user_id = ${userId}`;
    expect(settings?.consecutive_failures).toBeLessThanOrEqual(3);
  }
}, 300_000);

test("a code accepted before is refused after a restart and after Redis was flushed", async () => {
  await using redis = await startRedis();
  await using service = await startTestService({ redisUrl: redis.url });
  const { clock } = service;
  const { userId, authenticator, backupCodes } = await enrolTotp(service.client, clock);
  const codes = [authenticator.code(clock.ms), backupCodes[0]!];
  const tryAll = async () => {
    const outcomes = [];
    for (const code of codes) outcomes.push((await service.client.verifyCode({ userId, code })).outcome.case);
    return outcomes;
  };
  expect(await tryAll()).toEqual(["approved", "approved"]);
  await service.restart();
  expect(await tryAll()).toEqual(["rejected", "rejected"]);
  await redis.restart();
  await service.restart();
  expect(await tryAll()).toEqual(["rejected", "rejected"]);
});
