import { describe, expect, test } from "vitest";
import type { UserId } from "../../src/domain/user-id.js";
import type { Guess } from "../../src/domain/verification/attempt-store.js";
import type { ClaimedRequest } from "../../src/domain/verification/request-log.js";
import { ephemeralStores } from "./support/ephemeral-stores.js";

const KEEP_MS = 60_000;
const LIMITS = { maxAttempts: 3, lockoutScheduleMs: [60_000] };
const alice = "alice" as UserId;
const request = (changes: Partial<ClaimedRequest> = {}): ClaimedRequest => ({
  rpc: "VerifyCode",
  userId: alice,
  key: "key",
  body: "body",
  owner: "first",
  leaseMs: KEEP_MS,
  rememberMs: KEEP_MS,
  ...changes,
});
const retry = request({ owner: "second" });
const GUESS: Guess = {
  purpose: "verify",
  methods: ["sms"],
  macs: ["right"],
  challengeId: undefined,
  sentOnly: false,
};

describe.each(Object.entries(ephemeralStores))("request log (%s)", (_, open) => {
  type Stores = Awaited<ReturnType<typeof open>>;
  const chargeOnce = ({ attempts }: Stores, claim: ClaimedRequest, guess?: Guess) =>
    attempts.chargeOnce(claim, guess === undefined ? "backup" : "primary", { limits: LIMITS, guess });
  const openChallenge = ({ challenges }: Stores) =>
    challenges.open(alice, {
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
    });

  test("of 100 parallel claims a request log grants one", async () => {
    await using stores = await open();
    const claims = await Promise.all(
      Array.from({ length: 100 }, (_each, owner) => stores.requests.claim(request({ owner: String(owner) }))),
    );
    expect(claims.filter(({ state }) => state === "claimed")).toHaveLength(1);
    expect(claims.filter(({ state }) => state === "in-flight")).toHaveLength(99);
  });

  test("a request log gives a retry the answer, and another body none; each user's are apart", async () => {
    await using stores = await open();
    const { requests } = stores;
    await requests.claim(request());
    expect(await requests.claim(request({ body: "other" }))).toEqual({ state: "reused" });
    await requests.answer(request(), "done", KEEP_MS);
    expect(await requests.claim(retry)).toEqual({ state: "answered", answer: "done" });
    expect(await requests.claim(request({ body: "other" }))).toEqual({ state: "reused" });
    expect(await requests.claim(request({ key: "other" }))).toEqual({ state: "claimed" });
    expect(await requests.claim(request({ userId: "bob" as UserId }))).toEqual({ state: "claimed" });
  });

  test("a released claim is free, and only its owner can release or answer it", async () => {
    await using stores = await open();
    const { requests } = stores;
    await requests.claim(request());
    await requests.release(retry, { forget: true });
    await requests.answer(retry, "forged", KEEP_MS);
    expect(await requests.claim(retry)).toEqual({ state: "in-flight" });
    await requests.release(request(), { forget: false });
    expect(await requests.claim(retry)).toEqual({ state: "claimed" });
    await requests.answer(request(), "late", KEEP_MS);
    expect(await requests.claim(request())).toEqual({ state: "in-flight" });
  });

  test("a claim whose owner died is free when its lease has run out", async () => {
    await using stores = await open();
    await stores.requests.claim(request({ leaseMs: 50 }));
    expect(await stores.requests.claim(retry)).toEqual({ state: "in-flight" });
    await expect.poll(() => stores.requests.claim(retry), { interval: 5 }).toEqual({ state: "claimed" });
    await stores.requests.answer(request(), "late", KEEP_MS);
    expect(await stores.requests.claim(request())).toEqual({ state: "in-flight" });
  });

  test("a request log forgets what is never answered, and answers in their time", async () => {
    await using stores = await open();
    const short = { leaseMs: 40, rememberMs: 40 };
    await stores.requests.claim(request(short));
    const other = request({ body: "other", ...short });
    await expect.poll(() => stores.requests.claim(other), { interval: 5 }).toEqual({ state: "claimed" });
    await stores.requests.answer(other, "done", 40);
    await expect.poll(() => stores.requests.claim(request()), { interval: 5 }).toEqual({ state: "claimed" });
  });

  test("200 copies of one request are charged once", async () => {
    await using stores = await open();
    await openChallenge(stores);
    const copies = Array.from({ length: 200 }, (_each, owner) =>
      chargeOnce(stores, request({ owner: String(owner) }), GUESS),
    );
    const states = (await Promise.all(copies)).map(({ state }) => state);
    expect(states.filter((state) => state === "charged")).toHaveLength(1);
    expect(await stores.attempts.charge(alice, "primary", LIMITS)).toHaveProperty("remaining", 1);
  });

  test("a retry goes on from what the first try was charged, and what its code met", async () => {
    await using stores = await open();
    await openChallenge(stores);
    const first = await chargeOnce(stores, request(), GUESS);
    expect(first).toMatchObject({
      state: "charged",
      charge: { remaining: 2 },
      guessed: { outcome: "matched" },
    });
    await stores.requests.release(retry, { forget: false });
    expect(await chargeOnce(stores, retry, GUESS)).toEqual({ state: "in-flight" });
    await stores.requests.release(request(), { forget: false });
    expect(await chargeOnce(stores, request({ body: "other" }), GUESS)).toEqual({ state: "reused" });
    expect(await chargeOnce(stores, retry, GUESS)).toEqual(first);
    await stores.requests.release(retry, { forget: true });
    expect(await chargeOnce(stores, request(), GUESS)).toMatchObject({
      charge: { remaining: 1 },
      guessed: { outcome: "replayed" },
    });
  });

  test("a request log gives a claim after the owner died too, also with the lock that its charge began", async () => {
    await using stores = await open();
    for (let charge = 0; charge < 2; charge += 1) await stores.attempts.charge(alice, "backup", LIMITS);
    const first = await chargeOnce(stores, request({ leaseMs: 40 }));
    expect(first).toMatchObject({ state: "charged", charge: { remaining: 0, lockMs: 60_000 } });
    await expect.poll(() => chargeOnce(stores, retry), { interval: 5 }).toEqual(first);
    expect(await chargeOnce(stores, request({ key: "other" }))).toMatchObject({ charge: { by: "lock" } });
  });

  test("a charge that was given back is charged anew when its request is sent again", async () => {
    await using stores = await open();
    const first = await chargeOnce(stores, request());
    if (first.state !== "charged" || !first.charge.admitted) throw new Error("not charged");
    const refund = { chargeId: first.charge.id, limits: LIMITS, token: true, request: request() };
    expect(await stores.attempts.refund(alice, "backup", refund)).toBe(3);
    await stores.requests.release(request(), { forget: false });
    expect(await chargeOnce(stores, retry)).toMatchObject({ state: "charged", charge: { remaining: 2 } });
    expect(await stores.attempts.charge(alice, "backup", LIMITS)).toHaveProperty("remaining", 1);
  });
});
