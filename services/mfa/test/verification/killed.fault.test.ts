import { spawn } from "node:child_process";
import { randomInt } from "node:crypto";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { MfaService } from "@countersign/protocol/countersign/mfa/v1/mfa_service_pb.js";
import { Redis } from "ioredis";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { UserId } from "../../src/domain/user-id.js";
import { keysOfUser } from "../../src/storage/redis/client/user-keys.js";
import { BareClient } from "../support/client/bare-client.js";
import { type Enrolled, enrolTotp } from "../support/enrolment/enrolment.js";
import { DEFAULT_MFA_POLICY } from "../support/security.js";
import { startTestService, type TestService } from "../support/service.js";
import { until } from "../support/until.js";

/** The compiled program, as operators run it. */
const MAIN = fileURLToPath(new URL("../../dist/main.js", import.meta.url));

/** COUNTERSIGN_TEST_KILLS runs longer. Each user has ten backup codes, one for each kill. */
const KILLS = Number(process.env.COUNTERSIGN_TEST_KILLS ?? 5);
const USERS = 8;
const COPIES = 3;
const MAX_ATTEMPTS = 10;
const { verifyCode } = MfaService.method;

let service: TestService;
let redis: Redis;
beforeAll(async () => {
  const policy = { ...DEFAULT_MFA_POLICY, maxAttempts: MAX_ATTEMPTS };
  service = await startTestService({ overrides: { policy: () => policy } });
  redis = new Redis(service.config.stores!.redis.url);
});
afterAll(async () => {
  redis.disconnect();
  await service[Symbol.asyncDispose]();
});

/** A process of its own on the same stores, to be killed. */
async function startVictim() {
  const { config } = service;
  const child = spawn(process.execPath, [MAIN], {
    env: {
      PATH: process.env.PATH,
      PORT: "0",
      ADMIN_PORT: "0",
      DATABASE_URL: config.stores!.database.url,
      REDIS_URL: config.stores!.redis.url,
      REDIS_KEY_PREFIX: config.redisKeyPrefix,
      ENCRYPTION_KEY: config.encryptionKey!,
      MFA_MAX_VERIFICATION_ATTEMPTS: String(MAX_ATTEMPTS),
      RATE_LIMIT_ENABLED: "false",
      NOTICES: "none",
    },
  });
  let output = "";
  for (const stream of [child.stdout, child.stderr])
    stream.on("data", (chunk: Buffer) => (output += chunk.toString()));
  const URL_FORM = /http:\/\/127\.0\.0\.1:\d+/;
  await expect.poll(() => output, { interval: 20 }).toMatch(URL_FORM);
  return { child, url: URL_FORM.exec(output)![0] };
}

/** Copies of a right backup code and a wrong code for every user, all concurrently, and the end of the process amidst them. */
async function killAmidst(users: readonly Enrolled[], guessers: readonly Enrolled[], kill: number) {
  const { child, url } = await startVictim();
  const client = new BareClient(url);
  // One answer first: a connection that is up leaves the calls alone with the kill.
  await client.call(MfaService.method.isMfaRequired, { userId: "nobody" });
  const approved = new Set<string>();
  let answered = 0;
  const calls = users.flatMap(({ userId, backupCodes }) =>
    Array.from({ length: COPIES }, async () => {
      const { outcome } = await client.call(verifyCode, { userId, code: backupCodes[kill]! });
      answered += 1;
      if (outcome.case === "approved") approved.add(userId);
    }),
  );
  const guesses = guessers.map(async ({ userId }) => {
    await client.call(verifyCode, { userId, code: "00000000" });
    answered += 1;
  });
  const all = Promise.allSettled([...calls, ...guesses]);
  // Some way through the answers, on a machine of any speed, and then at any moment.
  const enough = randomInt(calls.length + guesses.length);
  await Promise.race([all, until(() => answered >= enough)]);
  await new Promise((resolve) => setTimeout(resolve, randomInt(20)));
  const gone = once(child, "exit");
  child.kill("SIGKILL");
  await gone;
  await all;
  return approved;
}

test("killed at any moment, the process has given no guess for nothing and no code a second time", async () => {
  const { client, clock, database } = service;
  const users: Enrolled[] = [];
  const guessers: Enrolled[] = [];
  for (let user = 0; user < USERS; user += 1) {
    users.push(await enrolTotp(client, clock));
    guessers.push(await enrolTotp(client, clock));
  }
  for (let round = 0; round < KILLS; round += 1) {
    const kill = round % 10;
    if (round > 0 && kill === 0)
      for (const [at] of users.entries()) users[at] = await enrolTotp(client, clock);
    // A success that the kill kept from clearing the scope must not lock the user out of the next round.
    for (const { userId } of users)
      await redis.del(keysOfUser(service.config.redisKeyPrefix, userId as UserId).scope("backup"));
    const approved = await killAmidst(users, guessers, kill);
    for (const { userId, backupCodes } of users) {
      const [row] = await database.sql`
        select (select count(*)::int from mfa_recovery_codes where user_id = ${userId} and used_at is not null) as used,
          (select count(*)::int from mfa_audit_events join mfa_audit_subjects using (user_ref)
            where user_id = ${userId} and action = 'verify_code' and outcome = 'succeeded') as accepted`;
      // Each code at most once, and its row with it.
      expect(row?.accepted).toBe(row?.used);
      expect(Number(row?.used)).toBeLessThanOrEqual(kill + 1);
      // What the caller heard is what was done. After the restart the code is spent, whoever asks.
      if (approved.has(userId)) {
        const again = await client.verifyCode({ userId, code: backupCodes[kill]! });
        expect(again.outcome.case).toBe("rejected");
      }
    }
  }
  await expectNoFreeGuess(guessers);
}, 600_000);

/** Compared guesses are never more than those charged, and no key of a guard would stay for ever. */
async function expectNoFreeGuess(guessers: readonly Enrolled[]): Promise<void> {
  const { redisKeyPrefix } = service.config;
  let seen = 0;
  for (const { userId } of guessers) {
    const [row] = await service.database.sql`
      select count(*)::int as compared from mfa_audit_events join mfa_audit_subjects using (user_ref)
      where user_id = ${userId} and action = 'verify_code' and reason = 'INVALID_CODE'`;
    const keys = keysOfUser(redisKeyPrefix, userId as UserId);
    const used = await redis.hget(keys.scope("primary"), "used");
    const level = await redis.hget(keys.lockoutLevel("primary"), "level");
    expect(Number(row?.compared)).toBeLessThanOrEqual(Number(used) + MAX_ATTEMPTS * Number(level));
    seen += Number(row?.compared);
  }
  expect(seen).toBeGreaterThan(0);
  for (const key of await redis.keys(`${redisKeyPrefix}*`))
    expect(await redis.pttl(key), key).toBeGreaterThan(0);
}
