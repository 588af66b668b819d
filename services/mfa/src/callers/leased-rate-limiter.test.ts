import { describe, expect, test } from "vitest";
import { storeUnavailable } from "../domain/errors.js";
import { type Bucket, takeTokens } from "../domain/throttle/rate-limit.js";
import type { RateLimiter } from "../domain/throttle/rate-limiter.js";
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

describe("while the store does not answer", () => {
  const LIMIT = { perMinute: 600, burst: 600 };
  const fault = expect.objectContaining({ reason: "STORE_UNAVAILABLE" }) as Error;

  /** One replica that may call ten times a second, on a store that can be away. */
  function replica() {
    const { clock, limiter } = counted();
    const store = { away: false, questions: 0 };
    const take = leasedRateLimiter(
      {
        take(...question) {
          store.questions += 1;
          return store.away ? Promise.reject(storeUnavailable("redis", "away")) : limiter.take(...question);
        },
      },
      () => clock.ms,
    );
    const isTaken = async () => {
      try {
        return (await take("login", LIMIT)) === undefined;
      } catch (error) {
        expect(error).toEqual(fault);
        return false;
      }
    };
    /** Calls so many times a second; answers how many were let through. */
    const call = async (seconds: number, perSecond: number) => {
      let given = 0;
      for (let done = 0; done < seconds * perSecond; done += 1) {
        if (await isTaken()) given += 1;
        clock.ms += 1_000 / perSecond;
      }
      return given;
    };
    return { clock, store, call, isTaken };
  }

  test("calls go on as often as before, for the seconds of a failover", async () => {
    const { store, call } = replica();
    await call(20, 5);
    store.away = true;
    expect(await call(8, 5)).toBe(40);
    store.away = false;
    expect(await call(8, 5)).toBe(40);
  });

  test("a caller gets at most eleven seconds of its limit, however much it calls; then nothing", async () => {
    const { store, call } = replica();
    await call(2, 100);
    store.away = true;
    const given = await call(30, 100);
    expect(given).toBeGreaterThan(90);
    // And what the last lease, a fiftieth of the bucket, still had.
    expect(given).toBeLessThanOrEqual(110 + 12);
    expect(await call(20, 100)).toBe(0);
  });

  test("a store that fails again and again lifts the limit once a minute at most", async () => {
    const { store, call } = replica();
    let given = 0;
    for (let second = 0; second < 60; second += 1) {
      store.away = second % 2 === 1;
      given += await call(1, 50);
    }
    // A full bucket, a minute of the limit, and eleven seconds of it.
    expect(given).toBeLessThanOrEqual(600 + 600 + 110);
  });

  test("a caller that made few calls goes on with few", async () => {
    const { store, call } = replica();
    await call(20, 1);
    store.away = true;
    const given = await call(8, 20);
    // One second of the limit, and up to twice what it did before.
    expect(given).toBeGreaterThanOrEqual(10);
    expect(given).toBeLessThanOrEqual(10 + 2 * 8 + 1);
  });

  test("a caller that was never granted anything is refused with the store's fault", async () => {
    const { store, call } = replica();
    store.away = true;
    expect(await call(5, 5)).toBe(0);
  });

  test("calls that go on ask the store four times a second, and do not wait for it", async () => {
    const { store, call } = replica();
    await call(5, 10);
    store.away = true;
    const before = store.questions;
    await call(4, 10);
    expect(store.questions - before).toBeGreaterThan(4);
    expect(store.questions - before).toBeLessThanOrEqual(17);
  });
});
