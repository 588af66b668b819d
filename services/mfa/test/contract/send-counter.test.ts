import { describe, expect, test } from "vitest";
import { ephemeralStores } from "./support/ephemeral-stores.js";

const HOUR = 3_600_000;

describe.each(Object.entries(ephemeralStores))("send counter (%s)", (_, open) => {
  test.each([3, 150])("of parallel takes a send counter admits exactly %i", async (max) => {
    await using stores = await open();
    const rate = { max, windowMs: HOUR };
    const answers = await Promise.all(
      Array.from({ length: 200 }, () => stores.sends.take(["user", "a"], rate)),
    );
    expect(answers.filter(({ taken }) => taken !== undefined)).toHaveLength(max);
    const refused = answers.find(({ taken }) => taken === undefined);
    expect(refused).toHaveProperty("retryAfterMs", expect.closeTo(HOUR, -5));
  });

  test("a send counter counts subjects apart, whatever their parts hold", async () => {
    await using stores = await open();
    const rate = { max: 1, windowMs: HOUR };
    for (const subject of [
      ["user", "a:b"],
      ["user", "a", "b"],
      ["user", "a"],
      ["prefix", "a"],
    ]) {
      expect((await stores.sends.take(subject, rate)).taken).toBeDefined();
    }
  });

  test("a place given back may be taken again", async () => {
    await using stores = await open();
    const rate = { max: 2, windowMs: HOUR };
    const take = async () => (await stores.sends.take(["user", "a"], rate)).taken;
    const [first, second] = [await take(), await take()];
    expect(await take()).toBeUndefined();
    await first?.giveBack();
    expect(await take()).toBeDefined();
    expect(await take()).toBeUndefined();
    await second?.giveBack();
    expect(await take()).toBeDefined();
  });

  test("a place is free again when it has left the window, not before", async () => {
    await using stores = await open();
    const rate = { max: 1, windowMs: 150 };
    const start = performance.now();
    await stores.sends.take(["user", "a"], rate);
    await expect
      .poll(async () => (await stores.sends.take(["user", "a"], rate)).taken, { interval: 5 })
      .toBeDefined();
    expect(performance.now() - start).toBeGreaterThanOrEqual(149);
  });
});
