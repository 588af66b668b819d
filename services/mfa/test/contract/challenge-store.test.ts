import { describe, expect, test } from "vitest";
import type { Guess, GuessOutcome } from "../../src/domain/ports/attempt-store.js";
import type { ChallengeStore, NewChallenge } from "../../src/domain/ports/challenge-store.js";
import type { UserId } from "../../src/domain/user-id.js";
import { ephemeralStores } from "./support/ephemeral-stores.js";

const alice = "alice" as UserId;
const bob = "bob" as UserId;
const LIMITS = { maxAttempts: 1_000, lockLadderMs: [60_000] };

const GROWING = { firstMs: 8, maxMs: 20 };

/** A mark of the year 2223. */
const AHEAD = 8n * 10n ** 15n;

const challenge = (changes: Partial<NewChallenge> = {}): NewChallenge => ({
  id: "one",
  purpose: "verify",
  mac: "right",
  binding: "bound",
  lifetimeMs: 60_000,
  maxGuesses: 3,
  above: 0n,
  cooldown: { firstMs: 0, maxMs: 0 },
  lane: "primary",
  ...changes,
});

describe.each(Object.entries(ephemeralStores))("challenges (%s)", (_, open) => {
  type Stores = Awaited<ReturnType<typeof open>>;
  const guess = async (
    { attempts }: Stores,
    changes: Partial<Guess> = {},
    userId = alice,
  ): Promise<GuessOutcome> => {
    const meant = { purpose: "verify", macs: ["right"], challengeId: undefined, ...changes } as const;
    return (await attempts.guess(userId, "primary", { limits: LIMITS, guess: meant })).guessed;
  };
  const wrong = { macs: ["wrong"] };

  test("the right code matches once; later copies are replays and other codes meet nothing", async () => {
    await using stores = await open();
    const before = BigInt(Date.now() - 1_000) * 1_000n;
    await stores.challenges.open(alice, challenge());
    const matched = await guess(stores, { macs: ["old key's", "right"] });
    expect(matched).toMatchObject({ outcome: "matched", binding: "bound" });
    expect(matched.outcome === "matched" && matched.mark > before).toBe(true);
    expect(await guess(stores)).toEqual({
      outcome: "replayed",
      mark: matched.outcome === "matched" && matched.mark,
    });
    expect(await guess(stores, wrong)).toEqual({ outcome: "none" });
  });

  test("of 200 parallel right codes one matches", async () => {
    await using stores = await open();
    await stores.challenges.open(alice, challenge({ maxGuesses: 1_000 }));
    const outcomes = await Promise.all(Array.from({ length: 200 }, () => guess(stores)));
    expect(outcomes.filter(({ outcome }) => outcome === "matched")).toHaveLength(1);
    expect(outcomes.filter(({ outcome }) => outcome === "replayed")).toHaveLength(199);
  });

  test("allows its guesses and no more, the right code included", async () => {
    await using stores = await open();
    await stores.challenges.open(alice, challenge());
    for (let used = 0; used < 3; used += 1) expect(await guess(stores, wrong)).toEqual({ outcome: "wrong" });
    expect(await guess(stores)).toEqual({ outcome: "none" });
  });

  test("another user's, another purpose's and another challenge's code meet nothing and take nothing", async () => {
    await using stores = await open();
    await stores.challenges.open(alice, challenge({ maxGuesses: 1 }));
    expect(await guess(stores, {}, bob)).toEqual({ outcome: "none" });
    expect(await guess(stores, { purpose: "enrol" })).toEqual({ outcome: "none" });
    for (const challengeId of ["two", "on", "one ", "ONE"]) {
      expect(await guess(stores, { challengeId })).toEqual({ outcome: "none" });
    }
    expect(await guess(stores, { challengeId: "one" })).toMatchObject({ outcome: "matched" });
  });

  test("nothing is compared while the lane is locked", async () => {
    await using stores = await open();
    const limits = { maxAttempts: 1, lockLadderMs: [60_000] };
    await stores.challenges.open(alice, challenge({ maxGuesses: 1 }));
    await stores.attempts.charge(alice, "primary", limits);
    const right = { purpose: "verify", macs: ["right"], challengeId: undefined } as const;
    const locked = await stores.attempts.guess(alice, "primary", { limits, guess: right });
    expect(locked).toMatchObject({ charge: { admitted: false }, guessed: { outcome: "none" } });
    await stores.attempts.forgive(alice, "primary");
    expect(await guess(stores)).toMatchObject({ outcome: "matched" });
  });

  test("expires by its own time", async () => {
    await using stores = await open();
    await stores.challenges.open(alice, challenge({ lifetimeMs: 40 }));
    await expect.poll(() => guess(stores, wrong), { interval: 10 }).toEqual({ outcome: "expired" });
    expect(await guess(stores)).toEqual({ outcome: "expired" });
  });

  test("a newer one replaces the older of its purpose, with guesses of its own and a later mark", async () => {
    await using stores = await open();
    await stores.challenges.open(alice, challenge({ above: AHEAD }));
    for (let used = 0; used < 3; used += 1) await guess(stores, wrong);
    await stores.challenges.open(alice, challenge({ purpose: "enrol", mac: "enrolling" }));
    await stores.challenges.open(alice, challenge({ id: "two", mac: "newer" }));
    expect(await guess(stores)).toEqual({ outcome: "wrong" });
    expect(await guess(stores, { macs: ["newer"] })).toMatchObject({
      outcome: "matched",
      mark: AHEAD + 2n, // above the older one's, though the clock is behind
    });
    expect(await guess(stores, { purpose: "enrol", macs: ["enrolling"] })).toMatchObject({
      outcome: "matched",
    });
  });

  test("another is refused during the cooldown, and leaves the first as it was", async () => {
    await using stores = await open();
    const cooldown = { firstMs: 50_000, maxMs: 50_000 };
    await stores.challenges.open(alice, challenge());
    const refused = await stores.challenges.open(alice, challenge({ id: "two", mac: "newer", cooldown }));
    expect(refused).toMatchObject({ opened: false, limit: "cooldown" });
    expect(refused).toHaveProperty("retryAfterMs", expect.closeTo(50_000, -4));
    expect(await openNew(stores.challenges, bob)).toBe(true);
    expect(await guess(stores)).toMatchObject({ outcome: "matched" });
    expect(await openNew(stores.challenges, alice)).toBe(true); // the matched one needs no rest
  });

  /** Opens one as soon as the cooldown allows it, and answers the pause that follows. */
  const openSoon = async ({ challenges }: Stores, changes: Partial<NewChallenge> = {}) => {
    for (;;) {
      const opening = await challenges.open(alice, challenge({ cooldown: GROWING, ...changes }));
      if (opening.opened) return opening.pauseMs;
      expect(opening.retryAfterMs).toBeLessThanOrEqual(GROWING.maxMs);
    }
  };

  test("the cooldown doubles with each code that is not accepted, up to the longest; a matched one starts it anew", async () => {
    await using stores = await open();
    for (const pauseMs of [8, 16, 20, 20]) expect(await openSoon(stores)).toBe(pauseMs);
    await openSoon(stores, { purpose: "enrol" });
    expect(await guess(stores)).toMatchObject({ outcome: "matched" });
    expect(await openSoon(stores)).toBe(8);
    expect(await openSoon(stores, { purpose: "enrol" })).toBe(16);
  });

  test("an ended one neither waits nor counts, and those before it still do", async () => {
    await using stores = await open();
    await openSoon(stores);
    expect(await openSoon(stores, { id: "two" })).toBe(16);
    await stores.challenges.end(alice, { id: "two", purpose: "verify" });
    expect(await guess(stores)).toEqual({ outcome: "none" });
    const next = { id: "three", cooldown: { firstMs: 60_000, maxMs: 600_000 } };
    expect(await stores.challenges.open(alice, challenge(next))).toMatchObject({
      opened: true,
      pauseMs: 120_000,
    });
    expect(await guess(stores)).toMatchObject({ outcome: "matched" });
  });

  test("of 100 opened at once during a cooldown one is opened", async () => {
    await using stores = await open();
    const opened = await Promise.all(Array.from({ length: 100 }, () => openNew(stores.challenges, alice)));
    expect(opened.filter(Boolean)).toHaveLength(1);
  });

  test("none is opened while the lane is locked, and none refills the lane", async () => {
    await using stores = await open();
    const limits = { maxAttempts: 2, lockLadderMs: [60_000] };
    await stores.attempts.charge(alice, "primary", limits);
    await stores.challenges.open(alice, challenge());
    await stores.attempts.charge(alice, "primary", limits);
    expect(await stores.challenges.open(alice, challenge({ id: "two" }))).toMatchObject({
      opened: false,
      limit: "locked",
    });
    expect(await guess(stores)).toEqual({ outcome: "none" });
  });

  test("an ended one is gone without a cooldown; a newer one outlives its predecessor's end", async () => {
    await using stores = await open();
    await stores.challenges.open(alice, challenge());
    await stores.challenges.end(alice, { id: "one", purpose: "verify" });
    expect(await guess(stores)).toEqual({ outcome: "none" });
    expect(await openNew(stores.challenges, alice)).toBe(true);
    await stores.challenges.end(alice, { id: "one", purpose: "verify" });
    expect(await guess(stores)).toMatchObject({ outcome: "matched" });
  });

  test("cancelling ends every purpose", async () => {
    await using stores = await open();
    await stores.challenges.open(alice, challenge());
    await stores.challenges.open(alice, challenge({ purpose: "enrol" }));
    await stores.challenges.cancel(alice);
    expect(await guess(stores)).toEqual({ outcome: "none" });
    expect(await guess(stores, { purpose: "enrol" })).toEqual({ outcome: "none" });
  });
});

async function openNew(challenges: ChallengeStore, userId: UserId): Promise<boolean> {
  const cooldown = { firstMs: 60_000, maxMs: 60_000 };
  return (await challenges.open(userId, challenge({ id: "new", cooldown }))).opened;
}
