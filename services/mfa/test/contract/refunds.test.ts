import { describe, expect, test } from "vitest";
import type { AttemptLimits } from "../../src/domain/throttle/lockout-policy.js";
import type { UserId } from "../../src/domain/user-id.js";
import type { AttemptStore } from "../../src/domain/verification/attempt-store.js";
import { ephemeralStores } from "./support/ephemeral-stores.js";

const alice = "alice" as UserId;
const bob = "bob" as UserId;
const LIMITS: AttemptLimits = { maxAttempts: 3, lockoutScheduleMs: [60_000, 120_000] };

async function charge(attempts: AttemptStore, limits = LIMITS): Promise<string> {
  const charged = await attempts.charge(alice, "primary", limits);
  return charged.admitted ? charged.id : "refused";
}

const refund = (attempts: AttemptStore, chargeId: string, limits = LIMITS, token = false) =>
  attempts.refund(alice, "primary", { chargeId, limits, token });

describe.each(Object.entries(ephemeralStores))("charges given back (%s)", (_, open) => {
  test("a charge is given back once, however often it is asked", async () => {
    await using stores = await open();
    const { attempts } = stores;
    const ids = [await charge(attempts), await charge(attempts)];
    const answers = await Promise.all(Array.from({ length: 50 }, () => refund(attempts, ids[0]!)));
    expect(answers.filter((left) => left !== undefined)).toEqual([2]);
    expect(await refund(attempts, ids[1]!)).toBe(3);
    expect(await refund(attempts, ids[1]!)).toBeUndefined();
    expect(await attempts.charge(alice, "primary", LIMITS)).toHaveProperty("remaining", 2);
  });

  test("the lock of its round is lifted with the lockout level that it raised", async () => {
    await using stores = await open();
    const { attempts } = stores;
    const ids = [await charge(attempts), await charge(attempts), await charge(attempts)];
    expect(await attempts.lockRemainingMs(alice, "primary")).toBeGreaterThan(55_000);
    expect(await refund(attempts, ids[0]!)).toBe(1);
    expect(await attempts.lockRemainingMs(alice, "primary")).toBeUndefined();
    // The two that stand are still counted, and the lock that follows is the first.
    expect(await attempts.charge(alice, "primary", LIMITS)).toMatchObject({ remaining: 0, lockMs: 60_000 });
  });

  test("a lock lifted at the highest lockout level leaves it at the highest", async () => {
    await using stores = await open();
    const { attempts } = stores;
    const limits = { maxAttempts: 1, lockoutScheduleMs: [20, 90_000] };
    await charge(attempts, limits);
    await expect.poll(() => attempts.lockRemainingMs(alice, "primary"), { interval: 5 }).toBeUndefined();
    for (let time = 0; time < 3; time += 1) {
      const id = await charge(attempts, limits);
      expect(await attempts.lockRemainingMs(alice, "primary")).toBeGreaterThan(80_000);
      expect(await refund(attempts, id, limits)).toBe(1);
    }
    expect(await attempts.charge(alice, "primary", limits)).toHaveProperty("lockMs", 90_000);
  });

  test("nothing is given back for a round that is over, a scope that was forgiven, another scope or another user", async () => {
    await using stores = await open();
    const { attempts } = stores;
    const limits = { maxAttempts: 2, lockoutScheduleMs: [30] };
    const over = await charge(attempts, limits);
    await charge(attempts, limits);
    await expect.poll(() => attempts.lockRemainingMs(alice, "primary"), { interval: 5 }).toBeUndefined();
    expect(await refund(attempts, over, limits)).toBeUndefined();
    const current = await charge(attempts, limits);
    expect(await refund(attempts, over, limits)).toBeUndefined();
    const other = { chargeId: current, limits, token: true };
    expect(await attempts.refund(alice, "backup", other)).toBeUndefined();
    expect(await attempts.refund(bob, "primary", other)).toBeUndefined();
    await attempts.resetAttempts(alice, "primary");
    await charge(attempts, limits);
    expect(await refund(attempts, current, limits)).toBeUndefined();
    expect(await attempts.charge(alice, "primary", limits)).toHaveProperty("remaining", 0);
  });

  test("with refunded charges among them, no more than the limit stand before a lock", async () => {
    await using stores = await open();
    const { attempts } = stores;
    const admitted = await Promise.all(
      Array.from({ length: 200 }, async (_each, call) => {
        const id = await charge(attempts);
        if (id === "refused") return false;
        if (call % 2 === 0) return true;
        await refund(attempts, id);
        return false;
      }),
    );
    expect(admitted.filter(Boolean).length).toBeLessThanOrEqual(3);
    for (let call = 0; call < 3; call += 1) await charge(attempts);
    expect(await charge(attempts)).toBe("refused");
  });

  test("the bucket of logins gets its token back where nothing was compared, and no more than it lost", async () => {
    await using stores = await open();
    const { attempts } = stores;
    const limits = { maxAttempts: 10, lockoutScheduleMs: [60_000], rate: { perMinute: 1, burst: 2 } };
    const first = await charge(attempts, limits);
    const second = await charge(attempts, limits);
    expect(await charge(attempts, limits)).toBe("refused");
    await refund(attempts, first, limits, false);
    expect(await charge(attempts, limits)).toBe("refused");
    for (let time = 0; time < 5; time += 1) await refund(attempts, second, limits, true);
    expect(await charge(attempts, limits)).not.toBe("refused");
    expect(await charge(attempts, limits)).toBe("refused");
  });
});
