import { expect, test } from "vitest";
import type { RateLimiter } from "../domain/ports/rate-limiter.js";
import { type Bucket, takeTokens } from "../domain/rate-limit.js";
import { leasedRateLimiter } from "./leased-rate-limiter.js";

/** A shared bucket whose questions are counted, on a clock that the test moves. */
function counted() {
  const clock = { ms: 0 };
  let shared: Bucket | undefined;
  let questions = 0;
  const limiter: RateLimiter = {
    take: async (_name, wanted, limit) => {
      questions += 1;
      await Promise.resolve();
      const { bucket, ...answer } = takeTokens(shared, { wanted, at: clock.ms, limit });
      shared = bucket;
      return answer;
    },
  };
  return { clock, limiter, questions: () => questions };
}

test("two replicas together never give more than the bucket holds", async () => {
  const { clock, limiter } = counted();
  const replicas = [1, 2].map(() => leasedRateLimiter(limiter, () => clock.ms));
  const limit = { perMinute: 1_000, burst: 1_500 };
  const answers = await Promise.all(
    Array.from({ length: 4_000 }, async (_, call) => replicas[call % 2]!("login", limit)),
  );
  const given = answers.filter((wait) => wait === undefined).length;
  expect(given).toBeLessThanOrEqual(1_500);
  expect(given).toBeGreaterThan(1_500 - 2 * 30);
});

test("a small bucket is exact over replicas", async () => {
  const { clock, limiter } = counted();
  const replicas = [1, 2].map(() => leasedRateLimiter(limiter, () => clock.ms));
  let given = 0;
  for (let call = 0; call < 40; call += 1)
    if ((await replicas[call % 2]!("login", { perMinute: 10, burst: 15 })) === undefined) given += 1;
  expect(given).toBe(15);
});

test("a busy caller costs few questions, and one that is over its limit none until there is a token again", async () => {
  const { clock, limiter, questions } = counted();
  const take = leasedRateLimiter(limiter, () => clock.ms);
  const limit = { perMinute: 6_000, burst: 6_000 };
  for (let call = 0; call < 5_000; call += 1) expect(await take("login", limit)).toBeUndefined();
  expect(questions()).toBeLessThan(100);
  while ((await take("login", limit)) === undefined);
  const before = questions();
  for (let call = 0; call < 100; call += 1) expect(await take("login", limit)).toBeGreaterThan(0);
  expect(questions()).toBe(before);
  clock.ms += 11;
  expect(await take("login", limit)).toBeUndefined();
});

test("tokens fetched ahead are lost after a second, so that a pause adds no burst", async () => {
  const { clock, limiter } = counted();
  const take = leasedRateLimiter(limiter, () => clock.ms);
  const limit = { perMinute: 60, burst: 500 };
  for (let call = 0; call < 20; call += 1) await take("login", limit);
  clock.ms += 600_000;
  let given = 0;
  while ((await take("login", limit)) === undefined) given += 1;
  expect(given).toBeLessThanOrEqual(500);
});

test("a fault of the store reaches every call that waits, and the next call asks again", async () => {
  let broken = true;
  const take = leasedRateLimiter(
    {
      take: (_, wanted) =>
        broken ? Promise.reject(new Error("away")) : Promise.resolve({ taken: wanted, retryAfterMs: 0 }),
    },
    () => 0,
  );
  const limit = { perMinute: 10, burst: 10 };
  const outcomes = await Promise.allSettled([take("login", limit), take("login", limit)]);
  expect(outcomes.map(({ status }) => status)).toEqual(["rejected", "rejected"]);
  broken = false;
  expect(await take("login", limit)).toBeUndefined();
});
