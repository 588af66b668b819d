import { Redis } from "ioredis";
import { expect, test } from "vitest";
import { enrolTotp } from "../support/enrolment/enrolment.js";
import { otherThan } from "../support/enrolment/mailbox.js";
import { DEFAULT_MFA_POLICY } from "../support/security.js";
import { startTestService, type TestService } from "../support/service.js";
import { startRedis } from "../support/stores/redis.js";

/** Fills Redis until it refuses writes, as a flood of a million users would. */
async function fill(redis: Redis): Promise<number> {
  for (let written = 0; ; written += 1) {
    try {
      await redis.set(`filler:${written}`, "x".repeat(8_192), "EX", 600);
    } catch (error) {
      if (String(error).includes("OOM")) return written;
      throw error;
    }
  }
}

async function outcomeOf({ client }: TestService, request: { userId: string; code: string }) {
  const answer = await client.verifyCode(request).catch(() => undefined);
  return answer?.outcome.case;
}

/** The attempt cache of Argo CD overflowed and evicted its counters (CVE-2024-21652): a flood gave the attacker new attempts. */
test("a Redis that is full evicts no lock and lets nobody in, and the lock still stands when there is room again", async () => {
  await using server = await startRedis("--maxmemory", "8mb", "--maxmemory-policy", "noeviction");
  await using service = await startTestService({ redisUrl: server.url });
  const { client, clock } = service;
  const victim = await enrolTotp(client, clock);
  const other = await enrolTotp(client, clock);
  const code = victim.authenticator.code(clock.ms);
  for (let wrong = 0; wrong < DEFAULT_MFA_POLICY.maxAttempts; wrong += 1) {
    expect(await outcomeOf(service, { userId: victim.userId, code: otherThan(code) })).toBe("rejected");
  }

  const redis = new Redis(server.url);
  expect(await fill(redis)).toBeGreaterThan(100);
  // No room for the smallest write either.
  await redis.config("SET", "maxmemory", "1mb");
  expect(await outcomeOf(service, { userId: victim.userId, code })).not.toBe("approved");
  const right = { userId: other.userId, code: other.authenticator.code(clock.ms) };
  expect(await outcomeOf(service, right)).toBeUndefined();
  expect(Number(/evicted_keys:(\d+)/.exec(await redis.info("stats"))?.[1])).toBe(0);

  await redis.config("SET", "maxmemory", "8mb");
  for (let key = 0; (await redis.del(`filler:${key}`)) === 1; key += 1);
  expect(await outcomeOf(service, { userId: victim.userId, code })).toBe("rejected");
  expect(await outcomeOf(service, right)).toBe("approved");
  redis.disconnect();
});
