import { randomBytes, randomUUID } from "node:crypto";
import { sql } from "drizzle-orm";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { AdminStore } from "../../src/domain/admin/admin-store.js";
import type { AuditAction, AuditEvent } from "../../src/domain/audit/audit-event.js";
import type { AuditFilter } from "../../src/domain/audit/audit-query.js";
import type { MfaStore } from "../../src/domain/enrolment/mfa-store.js";
import type { TotpFactor } from "../../src/domain/factor/factor.js";
import { MAX_CONSECUTIVE_FAILURES } from "../../src/domain/throttle/lockout-policy.js";
import type { UserId } from "../../src/domain/user-id.js";
import { type Database, queryRows } from "../../src/storage/postgres/database/database.js";
import { openPglite } from "../../src/storage/postgres/database/pglite-database.js";
import { migrateDatabase } from "../../src/storage/postgres/schema/migrate.js";
import { openTestDatabase } from "../support/stores/open-database.js";
import { AMPLE_THROTTLE } from "./support/ample-throttle.js";
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
const actor = { caller: "test", requestId: "r1", context: { ipAddress: undefined, userAgent: undefined } };
const NO_FILTER: AuditFilter = {
  userId: undefined,
  userRef: undefined,
  from: undefined,
  to: undefined,
  action: undefined,
  outcome: undefined,
  caller: undefined,
  ipAddress: undefined,
  method: undefined,
  reason: undefined,
};

describe.each(Object.entries(implementations))("admin store (%s)", (_, open) => {
  let database: Database;
  let store: MfaStore;
  let admin: AdminStore;
  beforeAll(async () => {
    database = await open();
    ({ store, admin } = auditedStores(database));
  });
  afterAll(() => database[Symbol.asyncDispose]());

  const event = (userId: UserId, action: AuditAction, at = AT): AuditEvent => ({
    action,
    outcome: "succeeded",
    userId,
    actor,
    at,
    details: { reason: "a reason" },
  });

  async function enrol() {
    const userId = `user-${randomUUID()}` as UserId;
    const factor: TotpFactor = {
      id: randomUUID(),
      method: "totp",
      state: "pending",
      createTime: AT,
      replayCounter: 0n,
      parameters: { algorithm: "SHA1", digits: 6, periodSeconds: 30 },
      sealedSecret: randomBytes(50),
      sealedNoticeEmail: undefined,
    };
    const backupCodes = { salt: randomBytes(16), scheme: "scrypt:14:k", hashes: [randomBytes(32)] };
    await store.beginEnrolment({ userId, factor, backupCodes, event: event(userId, "setup_mfa") });
    const accept = (replayCounter: bigint, action: AuditAction = "verify_code") => ({
      userId,
      match: { kind: "factor", factorId: factor.id, replayCounter } as const,
      at: AT,
      event: event(userId, action),
      throttle: AMPLE_THROTTLE,
    });
    await store.confirmEnrolment({ ...accept(100n, "verify_setup"), notBefore: AT });
    return { userId, accept };
  }

  const listed = async (filter: Partial<AuditFilter>, limit = 100) =>
    (await admin.listAuditEvents({ filter: { ...NO_FILTER, ...filter }, after: undefined, limit })).map(
      ({ action }) => action,
    );

  test("a reset erases factor and codes and clears the failures, and a code of before is worth nothing", async () => {
    const { userId, accept } = await enrol();
    const refusal = { ...event(userId, "verify_code"), outcome: "rejected", reason: "INVALID_CODE" } as const;
    await store.recordRejection(refusal, "primary");
    await store.recordRejection(refusal, "backup");
    await admin.resetUser(event(userId, "reset_mfa"));
    expect(await store.readUser(userId)).toMatchObject({
      enabled: false,
      factor: undefined,
      backupCodes: undefined,
      consecutiveFailures: { primary: 0, backup: 0 },
    });
    expect(await store.acceptCode(accept(101n))).toEqual({ outcome: "gone" });
    expect(await listed({ userId, action: "reset_mfa" })).toEqual(["reset_mfa"]);
  });

  test("an unlocking clears the failures and leaves the factor", async () => {
    const { userId, accept } = await enrol();
    await database.run((orm) =>
      orm.execute(
        sql`update mfa_settings set consecutive_failures = ${MAX_CONSECUTIVE_FAILURES} where user_id = ${userId}`,
      ),
    );
    expect(await store.acceptCode(accept(101n))).toEqual({ outcome: "locked" });
    await admin.unlockUser(event(userId, "unlock_user"));
    expect(await store.acceptCode(accept(101n))).toHaveProperty("outcome", "accepted");
  });

  test("an erasure leaves the log under the pseudonym, and nothing else", async () => {
    const { userId, accept } = await enrol();
    await admin.eraseUser(event(userId, "erase_user"));
    expect(await store.readUser(userId)).toBeUndefined();
    expect(await store.acceptCode(accept(101n))).toEqual({ outcome: "gone" });
    const subjects = await database.run((orm) =>
      queryRows(orm, sql`select * from mfa_audit_subjects where user_id = ${userId}`),
    );
    expect(subjects).toHaveLength(0);
    const entries = await admin.listAuditEvents({
      filter: { ...NO_FILTER, userRef: `ref-${userId}` },
      after: undefined,
      limit: 10,
    });
    expect(entries.map((entry) => entry.userId)).toEqual([undefined, undefined, undefined]);
  });

  test("users never seen are reset, unlocked and erased like others", async () => {
    const userId = "nobody" as UserId;
    await admin.resetUser(event(userId, "reset_mfa"));
    await admin.unlockUser(event(userId, "unlock_user"));
    await admin.eraseUser(event(userId, "erase_user"));
    expect((await listed({ userId })).sort()).toEqual(["erase_user", "reset_mfa", "unlock_user"]);
    expect(await store.readUser(userId)).toBeUndefined();
  });

  test("a user is known from the first enrolment on, erased or not, and not by what is asked or refused", async () => {
    const stranger = `user-${randomUUID()}` as UserId;
    const refusal = { outcome: "refused", reason: "MFA_NOT_ENABLED" } as const;
    await store.record({ ...event(stranger, "verify_code"), ...refusal });
    await store.record(event(stranger, "is_mfa_required"));
    await admin.unlockUser(event(stranger, "unlock_user"));
    await admin.eraseUser(event(stranger, "erase_user"));
    expect(await admin.isKnown(stranger)).toBe(false);

    const { userId } = await enrol();
    expect(await admin.isKnown(userId)).toBe(true);
    await admin.eraseUser(event(userId, "erase_user"));
    expect(await admin.isKnown(userId)).toBe(true);
    const imported = `user-${randomUUID()}` as UserId;
    await store.record(event(imported, "import_user"));
    expect(await admin.isKnown(imported)).toBe(true);
  });

  test("entries are found by address in another spelling, by method and by reason", async () => {
    const userId = `user-${randomUUID()}` as UserId;
    const from = (ipAddress: string) => ({
      actor: { ...actor, context: { ipAddress, userAgent: undefined } },
    });
    await store.record({ ...event(userId, "get_mfa_status"), ...from("2001:DB8::1") });
    await store.record({ ...event(userId, "is_mfa_required"), ...from("::ffff:192.0.2.9") });
    await store.record({ ...event(userId, "verify_code"), method: "sms", reason: "INVALID_CODE" });
    expect(await listed({ userId, ipAddress: "2001:db8:0::1" })).toEqual(["get_mfa_status"]);
    expect(await listed({ userId, ipAddress: "192.0.2.9" })).toEqual(["is_mfa_required"]);
    expect(await listed({ userId, ipAddress: "192.0.2.10" })).toEqual([]);
    expect(await listed({ userId, method: "sms" })).toEqual(["verify_code"]);
    expect(await listed({ userId, method: "totp" })).toEqual([]);
    expect(await listed({ userId, reason: "INVALID_CODE" })).toEqual(["verify_code"]);
    expect(await listed({ userId, reason: "CODE_EXPIRED" })).toEqual([]);
  });

  test("entries come newest first, and again from where a page ended", async () => {
    const userId = `user-${randomUUID()}` as UserId;
    for (const minute of [3, 1, 2, 2, 2])
      await store.record(event(userId, "get_mfa_status", new Date(AT.getTime() + minute * 60_000)));
    const filter = { ...NO_FILTER, userId };
    const all = await admin.listAuditEvents({ filter, after: undefined, limit: 10 });
    expect(all.map(({ occurredAt }) => occurredAt.slice(14, 16))).toEqual(["03", "02", "02", "02", "01"]);
    expect(all[0]).toMatchObject({
      action: "get_mfa_status",
      details: { reason: "a reason" },
      userId: undefined,
    });
    const paged = [];
    for (let after = undefined as (typeof all)[number] | undefined; ; after = paged.at(-1)) {
      const page = await admin.listAuditEvents({ filter, after, limit: 2 });
      if (page.length === 0) break;
      paged.push(...page);
    }
    expect(paged).toEqual(all);
  });
});
