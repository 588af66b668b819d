import { setTimeout } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { ephemeralStores } from "./support/ephemeral-stores.js";

describe.each(Object.entries(ephemeralStores))("rate limiter (%s)", (_, open) => {
  test("a rate limiter gives a full bucket's tokens and no more, over any number of parallel calls", async () => {
    await using subject = await open();
    const limit = { perMinute: 10, burst: 15 };
    const answers = await Promise.all(
      Array.from({ length: 100 }, () => subject.rates.take("login", 1, limit)),
    );
    expect(answers.filter(({ taken }) => taken === 1)).toHaveLength(15);
    const refused = answers.find(({ taken }) => taken === 0);
    expect(refused?.retryAfterMs).toBeGreaterThan(4_000);
    expect(refused?.retryAfterMs).toBeLessThanOrEqual(6_000);
  });

  test("a rate limiter gives what there is of many wanted, and refills by the rate", async () => {
    await using subject = await open();
    const limit = { perMinute: 60_000, burst: 5 };
    expect((await subject.rates.take("login", 8, limit)).taken).toBe(5);
    await setTimeout(50);
    expect((await subject.rates.take("login", 100, limit)).taken).toBe(5);
  });

  test("a rate limiter keeps names apart, and applies a lower limit immediately", async () => {
    await using subject = await open();
    expect((await subject.rates.take("one", 1, { perMinute: 1, burst: 1 })).taken).toBe(1);
    expect((await subject.rates.take("two", 90, { perMinute: 100, burst: 100 })).taken).toBe(90);
    expect((await subject.rates.take("one", 1, { perMinute: 1, burst: 1 })).taken).toBe(0);
    expect((await subject.rates.take("two", 10, { perMinute: 1, burst: 2 })).taken).toBe(2);
  });
});
