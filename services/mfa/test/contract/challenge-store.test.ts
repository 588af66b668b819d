import { describe, expect, test } from "vitest";
import type { ChallengeStore, NewChallenge } from "../../src/domain/challenge/challenge-store.js";
import type { UserId } from "../../src/domain/user-id.js";
import type { Guess, GuessOutcome } from "../../src/domain/verification/attempt-store.js";
import { ephemeralStores } from "./support/ephemeral-stores.js";

const METHODS = ["sms", "email"] as const;
const alice = "alice" as UserId;
const bob = "bob" as UserId;
const LIMITS = { maxAttempts: 1_000, lockoutScheduleMs: [60_000] };

const RIGHT: Guess = {
  purpose: "verify",
  methods: METHODS,
  macs: ["right"],
  challengeId: undefined,
  sentOnly: false,
};

const GROWING = { firstMs: 8, maxMs: 20 };

/** A replay counter of the year 2223. */
const AHEAD = 8n * 10n ** 15n;

const challenge = (changes: Partial<NewChallenge> = {}): NewChallenge => ({
  id: "one",
  purpose: "verify",
  method: "sms",
  factorId: "phone",
  mac: "right",
  binding: "bound",
  lifetimeMs: 60_000,
  maxGuesses: 3,
  above: 0n,
  cooldown: { firstMs: 0, maxMs: 0 },
  scope: "primary",
  ...changes,
});

describe.each(Object.entries(ephemeralStores))("challenges (%s)", (_, open) => {
  type Stores = Awaited<ReturnType<typeof open>>;
  const guess = async (
    { attempts }: Stores,
    changes: Partial<Guess> = {},
    userId = alice,
  ): Promise<GuessOutcome> => {
    const meant = { ...RIGHT, ...changes };
    return (await attempts.guess(userId, "primary", { limits: LIMITS, guess: meant })).guessed;
  };
  const wrong = { macs: ["wrong"] };

  test("the right code matches once; later copies are replays and other codes meet nothing", async () => {
    await using stores = await open();
    const before = BigInt(Date.now() - 1_000) * 1_000n;
    await stores.challenges.open(alice, challenge());
    const matched = await guess(stores, { macs: ["old key's", "right"] });
    expect(matched).toMatchObject({ outcome: "matched", binding: "bound" });
    expect(matched.outcome === "matched" && matched.replayCounter > before).toBe(true);
    expect(await guess(stores)).toEqual({
      outcome: "replayed",
      replayCounter: matched.outcome === "matched" && matched.replayCounter,
    });
    expect(await guess(stores, wrong)).toEqual({ outcome: "none" });
  });

  test("of 200 parallel right codes for a challenge one matches", async () => {
    await using stores = await open();
    await stores.challenges.open(alice, challenge({ maxGuesses: 1_000 }));
    const outcomes = await Promise.all(Array.from({ length: 200 }, () => guess(stores)));
    expect(outcomes.filter(({ outcome }) => outcome === "matched")).toHaveLength(1);
    expect(outcomes.filter(({ outcome }) => outcome === "replayed")).toHaveLength(199);
  });

  test("a challenge allows its guesses and no more, the right code included", async () => {
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

  test("nothing is compared while the scope is locked", async () => {
    await using stores = await open();
    const limits = { maxAttempts: 1, lockoutScheduleMs: [60_000] };
    await stores.challenges.open(alice, challenge({ maxGuesses: 1 }));
    await stores.attempts.charge(alice, "primary", limits);
    const locked = await stores.attempts.guess(alice, "primary", { limits, guess: RIGHT });
    expect(locked).toMatchObject({ charge: { admitted: false }, guessed: { outcome: "none" } });
    await stores.attempts.resetAttempts(alice, "primary");
    expect(await guess(stores)).toMatchObject({ outcome: "matched" });
  });

  test("a challenge expires by its own time", async () => {
    await using stores = await open();
    await stores.challenges.open(alice, challenge({ lifetimeMs: 40 }));
    await expect.poll(() => guess(stores, wrong), { interval: 10 }).toEqual({ outcome: "expired" });
    expect(await guess(stores)).toEqual({ outcome: "expired" });
  });

  test("without an id the newest challenge is meant, with guesses of its own and a later replay counter, each purpose by itself", async () => {
    await using stores = await open();
    await stores.challenges.open(alice, challenge({ above: AHEAD }));
    for (let used = 0; used < 3; used += 1) await guess(stores, wrong);
    await stores.challenges.open(alice, challenge({ purpose: "enrol", mac: "enrolling" }));
    await stores.challenges.open(alice, challenge({ id: "two", mac: "newer" }));
    expect(await guess(stores)).toEqual({ outcome: "wrong" });
    expect(await guess(stores, { macs: ["newer"] })).toMatchObject({
      outcome: "matched",
      replayCounter: AHEAD + 2n, // above the older one's, though the clock is behind
    });
    expect(await guess(stores, { purpose: "enrol", macs: ["enrolling"] })).toMatchObject({
      outcome: "matched",
    });
  });

  const openThree = async ({ challenges }: Stores) => {
    for (const id of ["one", "two", "three"])
      await challenges.open(alice, challenge({ id, mac: `mac-${id}` }));
  };
  const named = (challengeId: string) => ({ challengeId, macs: [`mac-${challengeId}`] });

  test("three for a login stand side by side, each found by its id; a fourth ends the oldest", async () => {
    await using stores = await open();
    await openThree(stores);
    await stores.challenges.open(alice, challenge({ id: "four", mac: "mac-four" }));
    expect(await guess(stores, named("one"))).toEqual({ outcome: "none" });
    expect(await guess(stores, { challengeId: "two", macs: ["mac-three"] })).toEqual({ outcome: "wrong" });
    for (const id of ["two", "three", "four"])
      expect(await guess(stores, named(id))).toMatchObject({ outcome: "matched" });
  });

  test("of 200 challenges opened concurrently three stand", async () => {
    await using stores = await open();
    const ids = Array.from({ length: 200 }, (_each, number) => `id${number}`);
    await Promise.all(
      ids.map((id) => stores.challenges.open(alice, challenge({ id, mac: `mac-${id}`, maxGuesses: 9 }))),
    );
    const found = await Promise.all(
      ids.map((challengeId) => guess(stores, { challengeId, macs: ["wrong"] })),
    );
    expect(found.filter(({ outcome }) => outcome === "wrong")).toHaveLength(3);
  });

  test("an enrolment has one: the next ends it", async () => {
    await using stores = await open();
    await stores.challenges.open(alice, challenge({ purpose: "enrol", factorId: "old phone" }));
    await stores.challenges.open(alice, challenge({ purpose: "enrol", id: "two", mac: "newer" }));
    expect(await guess(stores, { purpose: "enrol", challengeId: "one" })).toEqual({ outcome: "none" });
    expect(await guess(stores, { purpose: "enrol", macs: ["newer"] })).toMatchObject({ outcome: "matched" });
  });

  test("a match ends the older ones of its factor and no newer one; its own code is a replay from then on", async () => {
    await using stores = await open();
    await openThree(stores);
    expect(await guess(stores, named("two"))).toMatchObject({ outcome: "matched" });
    expect(await guess(stores, named("one"))).toEqual({ outcome: "none" });
    expect(await guess(stores, { macs: ["mac-two"] })).toMatchObject({ outcome: "replayed" });
    expect(await guess(stores, { macs: ["mac-three"] })).toMatchObject({ outcome: "matched" });
  });

  test("a wrong code takes a guess of the newest of each factor, and none of the others or of other methods", async () => {
    await using stores = await open();
    const mail = { method: "email", factorId: "mailbox" } as const;
    await stores.challenges.open(alice, challenge({ id: "older", mac: "mac-older", maxGuesses: 1 }));
    await stores.challenges.open(alice, challenge({ id: "phone", mac: "mac-phone", maxGuesses: 2 }));
    await stores.challenges.open(alice, challenge({ ...mail, id: "mail", mac: "mac-mail", maxGuesses: 2 }));
    expect(await guess(stores, wrong)).toEqual({ outcome: "wrong" });
    expect(await guess(stores, { ...wrong, methods: ["email"] })).toEqual({ outcome: "wrong" });
    expect(await guess(stores, named("mail"))).toEqual({ outcome: "none" });
    expect(await guess(stores, { ...named("phone"), methods: ["email"] })).toEqual({ outcome: "none" });
    expect(await guess(stores, named("older"))).toMatchObject({ outcome: "matched" });
    expect(await guess(stores, named("phone"))).toMatchObject({ outcome: "matched" });
  });

  test("where only a challenge can be guessed and none is pending, nothing is charged", async () => {
    await using stores = await open();
    const limits = { ...LIMITS, maxAttempts: 2, rate: { perMinute: 1, burst: 2 } };
    const ask = (changes: Partial<Guess>) =>
      stores.attempts.guess(alice, "primary", { limits, guess: { ...RIGHT, sentOnly: true, ...changes } });
    for (let call = 0; call < 5; call += 1)
      expect(await ask({})).toMatchObject({ charge: { admitted: true, id: "", remaining: 2 } });
    await stores.challenges.open(alice, challenge());
    expect(await ask({ challengeId: "two" })).toMatchObject({ charge: { id: "", remaining: 2 } });
    expect(await ask(wrong)).toMatchObject({ charge: { remaining: 1 }, guessed: { outcome: "wrong" } });
    expect(await ask({})).toMatchObject({
      charge: { remaining: 0, lockMs: 60_000 },
      guessed: { outcome: "matched" },
    });
    expect(await ask({ challengeId: "two" })).toMatchObject({ charge: { admitted: false, by: "lock" } });
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
    await openSoon(stores, { purpose: "enrol", id: "enrolling" });
    expect(await guess(stores)).toMatchObject({ outcome: "matched" });
    expect(await openSoon(stores)).toBe(8);
    expect(await openSoon(stores, { purpose: "enrol", id: "enrolling" })).toBe(16);
  });

  test("an ended one neither waits nor counts, and those before it still do", async () => {
    await using stores = await open();
    await openSoon(stores);
    expect(await openSoon(stores, { id: "two", mac: "newer" })).toBe(16);
    await stores.challenges.end(alice, { id: "two", purpose: "verify" });
    expect(await guess(stores, { challengeId: "two", macs: ["newer"] })).toEqual({ outcome: "none" });
    const next = { id: "three", cooldown: { firstMs: 60_000, maxMs: 600_000 } };
    expect(await stores.challenges.open(alice, challenge(next))).toMatchObject({
      opened: true,
      pauseMs: 120_000,
    });
    expect(await guess(stores)).toMatchObject({ outcome: "matched" });
  });

  test("of 100 challenges opened concurrently during a cooldown one is opened", async () => {
    await using stores = await open();
    const opened = await Promise.all(Array.from({ length: 100 }, () => openNew(stores.challenges, alice)));
    expect(opened.filter(Boolean)).toHaveLength(1);
  });

  test("no challenge is opened while the scope is locked, and none resets the scope", async () => {
    await using stores = await open();
    const limits = { maxAttempts: 2, lockoutScheduleMs: [60_000] };
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
