import { randomBytes, randomUUID } from "node:crypto";
import { sql } from "drizzle-orm";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { AdminStore } from "../../src/domain/admin/admin-store.js";
import type { AuditAction, AuditEvent } from "../../src/domain/audit/audit-event.js";
import type { MfaStore } from "../../src/domain/enrolment/mfa-store.js";
import { FAILURES_KEPT, type Throttle } from "../../src/domain/throttle/failure-limits.js";
import type { LoginScope } from "../../src/domain/throttle/throttle-scope.js";
import type { UserId } from "../../src/domain/user-id.js";
import type { CodeMatch } from "../../src/domain/verification/code-match.js";
import { type Database, queryRows } from "../../src/storage/postgres/database/database.js";
import { openPglite } from "../../src/storage/postgres/database/pglite-database.js";
import { migrateDatabase } from "../../src/storage/postgres/schema/migrate.js";
import { openTestDatabase } from "../support/stores/open-database.js";
import { auditedStores } from "./support/audited-stores.js";

const implementations: Record<string, () => Promise<Database>> = {
  pglite: async () => {
    const database = await openPglite(undefined);
    await migrateDatabase(database, new Date());
    return database;
  },
  postgres: openTestDatabase,
};

const AT = new Date("2026-11-23T12:00:00Z");
const THROTTLE: Throttle = { limits: { daily: 5, monthly: 10, yearly: 20 }, pauseMs: undefined };
const actor = { caller: "test", requestId: "r1", context: { ipAddress: undefined, userAgent: undefined } };

describe.each(Object.entries(implementations))("failures on record (%s)", (_, open) => {
  let database: Database;
  let store: MfaStore;
  let admin: AdminStore;
  beforeAll(async () => {
    database = await open();
    ({ store, admin } = auditedStores(database));
  });
  afterAll(() => database[Symbol.asyncDispose]());

  const event = (userId: UserId, action: AuditAction): AuditEvent => ({
    action,
    outcome: "succeeded",
    method: "totp",
    userId,
    actor,
    at: AT,
  });
  const inputFor = (userId: UserId, match: CodeMatch) => ({
    userId,
    match,
    at: AT,
    event: event(userId, "verify_code"),
    throttle: THROTTLE,
  });

  async function enrol() {
    const userId = `user-${randomUUID()}` as UserId;
    const factorId = randomUUID();
    const hashes = Array.from({ length: 10 }, () => randomBytes(32));
    await store.beginEnrolment({
      userId,
      factor: {
        id: factorId,
        method: "totp",
        state: "pending",
        createTime: AT,
        replayCounter: 0n,
        parameters: { algorithm: "SHA1", digits: 6, periodSeconds: 30 },
        sealedSecret: randomBytes(50),
        sealedNoticeEmail: undefined,
      },
      backupCodes: { salt: randomBytes(16), scheme: "scrypt:14:k", hashes },
      event: event(userId, "setup_mfa"),
    });
    const matchAt = (replayCounter: bigint): CodeMatch => ({ kind: "factor", factorId, replayCounter });
    await store.confirmEnrolment({ ...inputFor(userId, matchAt(100n)), notBefore: AT });
    return { userId, hashes, matchAt };
  }

  const auditRows = async (userId: UserId) => {
    const rows = await database.run((orm) =>
      queryRows<{ action: string; outcome: string }>(
        orm,
        sql`select action, outcome from mfa_audit_events where user_ref = ${`ref-${userId}`} order by transaction_id`,
      ),
    );
    return rows.map(({ action, outcome }) => `${action} ${outcome}`);
  };

  const DAY = 24 * 60;
  const start = Math.floor(AT.getTime() / 60_000);
  const timeOf = (minute: number) => new Date((start + minute) * 60_000);

  async function fail(userId: UserId, minute: number, scope: LoginScope = "primary") {
    const at = timeOf(minute);
    const record = await store.recordRejection(
      { ...event(userId, "verify_code"), at, outcome: "rejected", reason: "INVALID_CODE" },
      scope,
    );
    return record?.minutes.map((each) => each - start);
  }

  const failMany = async (userId: UserId, minutes: readonly number[]) => {
    for (const minute of minutes) await fail(userId, minute);
  };

  const onRecord = async (userId: UserId) => (await store.readUser(userId))?.failures;

  let replayCounter = 200n;
  const accept = async (
    user: { readonly userId: UserId; readonly matchAt: (replayCounter: bigint) => CodeMatch },
    minute: number,
    throttle: Partial<Throttle> = {},
  ) => {
    replayCounter += 1n;
    const input = inputFor(user.userId, user.matchAt(replayCounter));
    const result = await store.acceptCode({
      ...input,
      at: timeOf(minute),
      throttle: { ...THROTTLE, ...throttle },
    });
    return result.outcome;
  };

  test("failures on record are kept by scope, newest first whatever the clocks say, and no success clears them", async () => {
    const user = await enrol();
    const { userId } = user;
    expect(await onRecord(userId)).toEqual({
      primary: { minutes: [], forgivenMinute: undefined },
      backup: { minutes: [], forgivenMinute: undefined },
    });
    await failMany(userId, [0, 3, 1]);
    await fail(userId, 2, "backup");
    expect(await accept(user, 4)).toBe("accepted");
    expect(await onRecord(userId)).toMatchObject({
      primary: { minutes: [start + 3, start + 1, start] },
      backup: { minutes: [start + 2] },
    });
  });

  test("of parallel failures each is answered with the record that it left", async () => {
    const { userId } = await enrol();
    const records = await Promise.all(Array.from({ length: 30 }, (_, minute) => fail(userId, minute)));
    const counts = records.map((minutes) => minutes?.length ?? 0);
    expect(counts.sort((a, b) => a - b)).toEqual(Array.from({ length: 30 }, (_, index) => index + 1));
  });

  test("failures on record drop what is older than 365 days, and keep the newest of many", async () => {
    const { userId } = await enrol();
    await fail(userId, 0);
    await fail(userId, 1);
    expect(await fail(userId, 365 * DAY + 1)).toEqual([365 * DAY + 1, 1]);
    await Promise.all(Array.from({ length: FAILURES_KEPT }, () => fail(userId, 366 * DAY)));
    expect(await fail(userId, 366 * DAY + 1)).toHaveLength(FAILURES_KEPT);
  });

  test.each([
    ["24 hours", [0, 1, 2, 3, 4], DAY],
    ["30 days", [0, 1, 2, 3, 4].flatMap((day) => [2 * day * DAY, 2 * day * DAY + 1]), 30 * DAY],
    ["365 days", Array.from({ length: 20 }, (_, index) => index * 7 * DAY), 365 * DAY],
  ])("a right code is refused while the limit of %s is met", async (_, minutes, length) => {
    const user = await enrol();
    await failMany(user.userId, minutes.slice(0, -1));
    expect(await accept(user, minutes.at(-1)!)).toBe("accepted");
    await fail(user.userId, minutes.at(-1)!);
    const [first = 0] = minutes;
    expect(await accept(user, minutes.at(-1)!)).toBe("locked");
    expect(await accept(user, first + length)).toBe("locked");
    expect(await accept(user, first + length + 1)).toBe("accepted");
  });

  test("beyond 24 hours' limit, who has no other way in gets one attempt after each pause", async () => {
    const user = await enrol();
    await failMany(user.userId, [0, 1, 2, 3, 4]);
    const throttle = { pauseMs: 3_600_000 };
    expect(await accept(user, 63, throttle)).toBe("locked");
    expect(await accept(user, 64, throttle)).toBe("accepted");
    expect(await accept(user, 64)).toBe("locked");
    await failMany(user.userId, [64, 124, 184, 244, 304]);
    expect(await accept(user, 600, throttle)).toBe("locked"); // the limit of 30 days
  });

  test("a backup code forgives those of 24 hours, not those of 30 days, and an operator all", async () => {
    const user = await enrol();
    const { userId, hashes } = user;
    const spend = (hash: Buffer, minute: number) =>
      store.acceptCode({
        ...inputFor(userId, { kind: "backup-code", generation: 1, hash }),
        at: timeOf(minute),
      });
    await failMany(userId, [0, 1, 2, 3, 4]);
    for (let wrong = 0; wrong < 20; wrong += 1) await fail(userId, 5, "backup");
    expect(await spend(hashes[0]!, 5)).toMatchObject({ outcome: "accepted" });
    expect(await accept(user, 6)).toBe("accepted");
    await failMany(userId, [6, 7, 8, 9, 10]);
    expect(await accept(user, 11)).toBe("locked");
    expect(await spend(hashes[1]!, 12)).toMatchObject({ outcome: "accepted" });
    expect(await accept(user, 13)).toBe("locked");
    await admin.unlockUser(event(userId, "unlock_user"));
    expect(await onRecord(userId)).toMatchObject({ primary: { minutes: [] }, backup: { minutes: [] } });
    expect(await accept(user, 13)).toBe("accepted");
  });

  test("of 20 concurrent right codes and 20 failures none is accepted after the limit was met", async () => {
    const user = await enrol();
    await failMany(user.userId, [0, 1, 2, 3]);
    await Promise.all([
      fail(user.userId, 5),
      ...Array.from({ length: 20 }, (_, index) => fail(user.userId, 5 + index)),
      ...Array.from({ length: 20 }, () => accept(user, 5)),
    ]);
    expect(await accept(user, 30)).toBe("locked");
    const order = await auditRows(user.userId);
    const fifth = order.flatMap((row, index) => (row === "verify_code rejected" ? [index] : []))[4];
    expect(order.slice(fifth)).not.toContain("verify_code succeeded");
  });
});
