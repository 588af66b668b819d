import { expect, test } from "vitest";
import { beginTotp, enrolTotp } from "../support/enrolment.js";
import { startRedis } from "../support/redis.js";
import { DEFAULT_MFA_POLICY } from "../support/security.js";
import { type Replica, startTestService } from "../support/service.js";

/** A race that one round in a hundred shows is found by 50 rounds of 200 calls with good odds, as each round holds many orders. */
const ROUNDS = 50;
const COPIES = 200;
const NO_LOCK = { maxAttempts: COPIES * 2 };

/** The same call `COPIES` times at once, over all replicas; the answers' outcomes, an error by its text. */
async function burst(
  replicas: readonly Replica[],
  call: (replica: Replica) => Promise<string>,
): Promise<string[]> {
  const calls = Array.from({ length: COPIES }, (_, copy) => call(replicas[copy % replicas.length]!));
  return Promise.all(calls.map((answer) => answer.catch((error: unknown) => String(error))));
}

const count = (outcomes: readonly string[], wanted: string) =>
  outcomes.filter((outcome) => outcome === wanted).length;

/** With as many attempts as there are copies: what holds then is the conditional write alone. */
async function startUnthrottled() {
  const policy = { ...DEFAULT_MFA_POLICY, ...NO_LOCK };
  return startTestService({ replicas: 2, overrides: { policy: () => policy, backupCodeLogN: 10 } });
}

test("200 copies of one TOTP code over two replicas: exactly one approved, in each of 50 rounds", async () => {
  await using service = await startUnthrottled();
  const { replicas, clock } = service;
  const { userId, authenticator } = await enrolTotp(service.client, clock);
  for (let round = 0; round < ROUNDS; round += 1) {
    const code = authenticator.code(clock.ms);
    const outcomes = await burst(replicas, async ({ client }) => {
      const { outcome } = await client.verifyCode({ userId, code });
      return outcome.case ?? "unset";
    });
    expect(count(outcomes, "approved")).toBe(1);
    expect(count(outcomes, "rejected")).toBe(COPIES - 1);
    clock.advance(30);
  }
}, 300_000);

test("200 copies of one confirming code over two replicas: exactly one enables, in each of 50 rounds", async () => {
  await using service = await startUnthrottled();
  const { replicas, clock } = service;
  for (let round = 0; round < ROUNDS; round += 1) {
    const { userId, authenticator } = await beginTotp(service.client);
    const code = authenticator.code(clock.ms);
    const outcomes = await burst(replicas, async ({ client }) => {
      const { outcome } = await client.verifySetup({ userId, code });
      return outcome.case ?? "unset";
    });
    expect(count(outcomes, "enabled")).toBe(1);
    expect(count(outcomes, "unset")).toBe(0);
  }
}, 300_000);

test("200 copies of one backup code over two replicas: exactly one approved, in each of 50 rounds", async () => {
  await using service = await startUnthrottled();
  const { replicas, clock } = service;
  for (let round = 0; round < ROUNDS; round += 10) {
    const { userId, backupCodes } = await enrolTotp(service.client, clock);
    for (const code of backupCodes) {
      const outcomes = await burst(replicas, async ({ client }) => {
        const { outcome } = await client.verifyCode({ userId, code });
        return outcome.case ?? "unset";
      });
      expect(count(outcomes, "approved")).toBe(1);
      expect(count(outcomes, "unset")).toBe(0);
    }
    expect(await service.client.getMfaStatus({ userId })).toMatchObject({ backupCodesRemaining: 0 });
  }
}, 300_000);

test("200 parallel guesses over two replicas: no more are compared than the limit allows", async () => {
  await using service = await startTestService({ replicas: 2 });
  const { replicas, clock, database } = service;
  for (let round = 0; round < ROUNDS; round += 1) {
    const { userId } = await enrolTotp(service.client, clock);
    let guess = round * COPIES;
    await burst(replicas, async ({ client }) => {
      const code = (guess++ % 1_000_000).toString().padStart(6, "0");
      const { outcome } = await client.verifyCode({ userId, code });
      return outcome.case ?? "unset";
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
