import { describe, expect, test } from "vitest";
import type { UserId } from "../../src/domain/user-id.js";
import type { AttemptStore } from "../../src/domain/verification/attempt-store.js";
import { ephemeralStores } from "./support/ephemeral-stores.js";

const alice = "alice" as UserId;
const bob = "bob" as UserId;
const LIMITS = { maxAttempts: 3, lockoutScheduleMs: [60_000, 120_000] };

describe.each(Object.entries(ephemeralStores))("an attempt store (%s)", (_, open) => {
  test("an attempt store admits as many attempts as the limit says, then locks", async () => {
    await using subject = await open();
    const charge = () => subject.attempts.charge(alice, "primary", LIMITS);
    expect(await charge()).toMatchObject({ admitted: true, remaining: 2, lockMs: undefined });
    expect(await charge()).toMatchObject({ admitted: true, remaining: 1, lockMs: undefined });
    expect(await charge()).toMatchObject({ admitted: true, remaining: 0, lockMs: 60_000 });
    const refused = await charge();
    expect(refused.admitted).toBe(false);
    expect(refused).toHaveProperty("retryAfterMs", expect.closeTo(60_000, -4));
  });

  test("an attempt store admits no more than the limit of 200 parallel attempts", async () => {
    await using subject = await open();
    const charges = await Promise.all(
      Array.from({ length: 200 }, () => subject.attempts.charge(alice, "primary", LIMITS)),
    );
    expect(charges.filter((charge) => charge.admitted)).toHaveLength(3);
  });

  test("each lock that runs out grants the limit again and is followed by a longer one, up to the last", async () => {
    await using subject = await open();
    const limits = { maxAttempts: 2, lockoutScheduleMs: [40, 80] };
    for (const lockMs of [40, 80, 80]) {
      const first = await subject.attempts.charge(alice, "primary", limits);
      expect(first).toMatchObject({ admitted: true, remaining: 1, lockMs: undefined });
      const last = await subject.attempts.charge(alice, "primary", limits);
      expect(last).toMatchObject({ admitted: true, remaining: 0, lockMs });
      await lockRunsOut(subject.attempts);
    }
  });

  test("an attempt store counts users and scopes apart", async () => {
    await using subject = await open();
    for (let attempt = 0; attempt < 3; attempt += 1) await subject.attempts.charge(alice, "primary", LIMITS);
    expect((await subject.attempts.charge(alice, "backup", LIMITS)).admitted).toBe(true);
    expect((await subject.attempts.charge(alice, "enrolment", LIMITS)).admitted).toBe(true);
    expect((await subject.attempts.charge(bob, "primary", LIMITS)).admitted).toBe(true);
    expect((await subject.attempts.charge(alice, "primary", LIMITS)).admitted).toBe(false);
  });

  test("forgiving clears the scope's count and lock and keeps its lockout level; clearing forgets that too", async () => {
    await using subject = await open();
    const lockOf = async () => {
      for (let attempt = 0; attempt < 2; attempt += 1)
        await subject.attempts.charge(alice, "primary", LIMITS);
      return subject.attempts.charge(alice, "primary", LIMITS);
    };
    expect(await lockOf()).toHaveProperty("lockMs", 60_000);
    await subject.attempts.resetAttempts(alice, "primary");
    expect(await subject.attempts.lockRemainingMs(alice, "primary")).toBeUndefined();
    expect(await subject.attempts.charge(alice, "primary", LIMITS)).toHaveProperty("remaining", 2);
    await subject.attempts.resetAttempts(alice, "primary");
    expect(await lockOf()).toHaveProperty("lockMs", 120_000);
    await subject.attempts.clear(alice);
    expect(await subject.attempts.lockRemainingMs(alice, "primary")).toBeUndefined();
    expect(await lockOf()).toHaveProperty("lockMs", 60_000);
  });

  test("a rate bounds the user's scopes together, charges nothing beyond it, and is not refilled by forgiving", async () => {
    await using subject = await open();
    const limits = { maxAttempts: 100, lockoutScheduleMs: [60_000], rate: { perMinute: 1, burst: 3 } };
    const charge = (scope: "primary" | "backup") => subject.attempts.charge(alice, scope, limits);
    expect(await charge("primary")).toHaveProperty("remaining", 99);
    expect(await charge("backup")).toHaveProperty("remaining", 99);
    expect(await charge("primary")).toHaveProperty("remaining", 98);
    const refused = await charge("primary");
    expect(refused).toEqual({
      admitted: false,
      by: "rate",
      retryAfterMs: expect.closeTo(60_000, -4) as number,
    });
    await subject.attempts.resetAttempts(alice, "backup");
    expect(await charge("backup")).toHaveProperty("by", "rate");
    expect((await subject.attempts.charge(bob, "primary", limits)).admitted).toBe(true);
    expect(await subject.attempts.charge(alice, "primary", { ...limits, rate: undefined })).toHaveProperty(
      "remaining",
      97,
    );
  });

  test("an attempt store tells how long a scope is locked", async () => {
    await using subject = await open();
    expect(await subject.attempts.lockRemainingMs(alice, "primary")).toBeUndefined();
    for (let attempt = 0; attempt < 3; attempt += 1) await subject.attempts.charge(alice, "primary", LIMITS);
    expect(await subject.attempts.lockRemainingMs(alice, "primary")).toBeGreaterThan(55_000);
  });
});

async function lockRunsOut(store: AttemptStore): Promise<void> {
  await expect.poll(() => store.lockRemainingMs(alice, "primary"), { interval: 10 }).toBeUndefined();
}
