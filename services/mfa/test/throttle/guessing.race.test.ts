import { MfaService } from "@countersign/protocol/countersign/mfa/v1/mfa_service_pb.js";
import { Redis } from "ioredis";
import { expect, test } from "vitest";
import { adminClient } from "../support/client/admin-client.js";
import { COPIES, count, racersOf } from "../support/client/burst.js";
import { enrolTotp } from "../support/enrolment/enrolment.js";
import { DEFAULT_MFA_POLICY } from "../support/security.js";
import { startTestService } from "../support/service.js";
import { startRedis } from "../support/stores/redis.js";

const { verifyCode } = MfaService.method;
const { daily } = DEFAULT_MFA_POLICY.failureLimits;

test("200 wrong codes over two replicas, Redis flushed in between: the limit of 24 hours holds until an operator unlocks", async () => {
  await using redis = await startRedis();
  await using service = await startTestService({ replicas: 2, redisUrl: redis.url });
  await using racers = racersOf(service);
  const { clock, database } = service;
  const { userId, authenticator } = await enrolTotp(service.client, clock);
  const own = new Redis(redis.url);
  const wrong = () => authenticator.code(clock.ms, 9);
  const guess = (code: string) => racers.race((client) => client.call(verifyCode, { userId, code }));
  const onRecord = async () => {
    const [row] =
      await database.sql`select coalesce(cardinality(code_failures), 0) as failures from mfa_settings`;
    return Number(row?.failures);
  };

  let compared = 0;
  for (let round = 0; round < 12; round += 1) {
    const outcomes = await guess(wrong());
    compared += count(outcomes, "INVALID_CODE");
    expect(count(outcomes, "TOO_MANY_ATTEMPTS") + count(outcomes, "INVALID_CODE")).toBe(COPIES);
    expect(await onRecord()).toBe(compared); // each that was compared is on record
    await own.flushall(); // resets the lockout level
  }
  // Between two reads of the record no more are admitted than the lockout schedule admits concurrently.
  expect(compared).toBeGreaterThanOrEqual(daily);
  expect(compared).toBeLessThan(daily + DEFAULT_MFA_POLICY.maxAttempts);

  const right = authenticator.code(clock.ms);
  expect(count(await guess(right), "TOO_MANY_ATTEMPTS")).toBe(COPIES);
  await own.flushall();
  expect(count(await guess(right), "TOO_MANY_ATTEMPTS")).toBe(COPIES);
  await adminClient(service).unlockUser({ userId, reason: "called" });
  expect(count(await guess(right), "approved")).toBe(1);
  own.disconnect();
}, 120_000);

test("200 right codes against wrong ones over two replicas: none is accepted once the limit is met", async () => {
  // As many attempts as there are copies: what holds is the statement that accepts.
  const policy = { ...DEFAULT_MFA_POLICY, maxAttempts: COPIES * 10 };
  await using service = await startTestService({ replicas: 2, overrides: { policy: () => policy } });
  await using racers = racersOf(service);
  const { clock, database } = service;
  for (let round = 0; round < 5; round += 1) {
    const { userId, authenticator } = await enrolTotp(service.client, clock);
    const [right, wrong] = [authenticator.code(clock.ms), authenticator.code(clock.ms, 9)];
    await racers.race((client, copy) =>
      client.call(verifyCode, { userId, code: copy > COPIES / 2 && copy % 2 === 0 ? right : wrong }),
    );
    const rows = await database.sql`
      select a.outcome from mfa_audit_events a join mfa_audit_subjects s on s.user_ref = a.user_ref
      where s.user_id = ${userId} and a.action = 'verify_code' and (a.outcome = 'succeeded' or a.reason = 'INVALID_CODE')
      order by a.transaction_id, a.outcome`;
    const wrongBefore = rows.findIndex(({ outcome }) => outcome === "succeeded");
    expect(wrongBefore).toBeLessThan(daily);
    expect((await service.client.verifyCode({ userId, code: right })).outcome.case).toBe("rejected");
  }
}, 120_000);
