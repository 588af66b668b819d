import { describe, expect, test } from "vitest";
import type { ConversionTerms } from "../../src/domain/send-quota/sms-conversion-counter.js";
import { ephemeralStores } from "./support/ephemeral-stores.js";

const TERMS: ConversionTerms = {
  windowMs: 3_600_000,
  graceMs: 0,
  minSends: 10,
  minPercent: 20,
  stop: true,
};
const BLOCK = ["completion-prefix", "+1202555"];

describe.each(Object.entries(ephemeralStores))("completion counter (%s)", (_, open) => {
  type Stores = Awaited<ReturnType<typeof open>>;
  const takeMany = ({ completions }: Stores, count: number, terms: Partial<ConversionTerms> = {}) =>
    Promise.all(Array.from({ length: count }, () => completions.take(BLOCK, { ...TERMS, ...terms })));
  const acceptMany = ({ completions }: Stores, count: number) =>
    Promise.all(Array.from({ length: count }, () => completions.accept(BLOCK, TERMS)));

  test("of parallel messages whose codes are not entered a conversion counter admits the least number that says something", async () => {
    await using stores = await open();
    const answers = await takeMany(stores, 100);
    expect(answers.filter(({ taken }) => taken !== undefined)).toHaveLength(10);
    const refused = answers.find(({ taken }) => taken === undefined);
    expect(refused).toMatchObject({ sent: 10, accepted: 0, low: true });
    expect(refused).toHaveProperty("retryAfterMs", expect.closeTo(TERMS.windowMs, -5));
  });

  test("a conversion counter refuses nothing while enough are entered, and again as soon as there are too few", async () => {
    await using stores = await open();
    await takeMany(stores, 10);
    await acceptMany(stores, 3);
    const answers = await takeMany(stores, 10);
    // Three of fifteen are a fifth.
    expect(answers.filter(({ taken }) => taken !== undefined)).toHaveLength(6);
    expect(answers.filter(({ low }) => low)).toHaveLength(4);
    await acceptMany(stores, 1);
    expect(await stores.completions.take(BLOCK, TERMS)).toMatchObject({ low: false });
  });

  test("a conversion counter without a stop reports a low rate, and admits", async () => {
    await using stores = await open();
    const answers = await takeMany(stores, 30, { stop: false });
    expect(answers.every(({ taken }) => taken !== undefined)).toBe(true);
    expect(answers.filter(({ low }) => low)).toHaveLength(20);
  });

  test("codes that may still be entered are not judged", async () => {
    await using stores = await open();
    const answers = await takeMany(stores, 30, { graceMs: TERMS.windowMs });
    expect(answers.filter(({ low }) => low)).toEqual([]);
  });

  test("a place given back never was", async () => {
    await using stores = await open();
    for (const { taken } of await takeMany(stores, 10)) await taken?.giveBack();
    expect(await stores.completions.take(BLOCK, TERMS)).toMatchObject({ sent: 0, low: false });
  });

  test("subjects are judged apart", async () => {
    await using stores = await open();
    await takeMany(stores, 20);
    const other = await stores.completions.take(["completion-prefix", "+1202556"], TERMS);
    expect(other).toMatchObject({ sent: 0, low: false });
  });

  test("what has left the window is forgotten, and the wait that it caused is over", async () => {
    await using stores = await open();
    const terms = { windowMs: 600 };
    const before = performance.now();
    const answers = await takeMany(stores, 11, terms);
    const refused = answers.find(({ taken }) => taken === undefined);
    const wait = refused?.taken === undefined ? (refused?.retryAfterMs ?? 0) : 0;
    expect(wait).toBeGreaterThan(0);
    await expect
      .poll(async () => (await takeMany(stores, 1, terms))[0]?.taken, { interval: 5 })
      .toBeDefined();
    expect(performance.now() - before).toBeGreaterThanOrEqual(wait - 1);
  });
});
