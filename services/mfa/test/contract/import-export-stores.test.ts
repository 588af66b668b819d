import { randomBytes, randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { AuditAction, AuditEvent } from "../../src/domain/audit/audit-event.js";
import type { MfaStore } from "../../src/domain/enrolment/mfa-store.js";
import type { Factor } from "../../src/domain/factor/factor.js";
import type { ExportStore } from "../../src/domain/import-export/export-store.js";
import type { ImportStore, UserImport } from "../../src/domain/import-export/import-store.js";
import type { UserId } from "../../src/domain/user-id.js";
import { createAuditRowMaker } from "../../src/storage/postgres/audit/audit-table.js";
import type { Database } from "../../src/storage/postgres/database/database.js";
import { openPglite } from "../../src/storage/postgres/database/pglite-database.js";
import { createMfaStore } from "../../src/storage/postgres/enrolment/postgres-mfa-store.js";
import { createExportStore } from "../../src/storage/postgres/import-export/export-users.js";
import { createImportStore } from "../../src/storage/postgres/import-export/import-users.js";
import { migrateDatabase } from "../../src/storage/postgres/schema/migrate.js";
import { openTestDatabase } from "../support/stores/open-database.js";
import { AMPLE_THROTTLE } from "./support/ample-throttle.js";

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

describe.each(Object.entries(implementations))("import and export stores (%s)", (_, open) => {
  let database: Database;
  let store: MfaStore;
  let imports: ImportStore;
  let exports: ExportStore;
  beforeAll(async () => {
    database = await open();
    const auditRow = createAuditRowMaker({
      userRef: (userId: UserId) => `ref-${userId}`,
      sign: () => ({ keyId: "k", mac: randomBytes(32) }),
      randomId: randomUUID,
    });
    store = createMfaStore(database, auditRow);
    imports = createImportStore(database, auditRow);
    exports = createExportStore(database);
  });
  afterAll(() => database[Symbol.asyncDispose]());

  const event = (userId: UserId, action: AuditAction): AuditEvent => ({
    action,
    outcome: "succeeded",
    userId,
    actor,
    at: AT,
  });
  const userImport = (userId: UserId, factor: Partial<Factor> = {}): UserImport => ({
    userId,
    factor: {
      id: randomUUID(),
      method: "totp",
      state: "active",
      createTime: AT,
      replayCounter: 41n,
      parameters: { algorithm: "SHA256", digits: 8, periodSeconds: 60 },
      sealedSecret: randomBytes(50),
      sealedNoticeEmail: undefined,
      ...factor,
    } as Factor,
    backupCodes: { salt: randomBytes(16), scheme: "scrypt:14:k", hashes: [randomBytes(32), randomBytes(32)] },
    consecutiveFailures: 3,
    event: event(userId, "import_user"),
  });
  const newUser = () => `user-${randomUUID()}` as UserId;
  const begin = (user: UserImport) =>
    store.beginEnrolment({
      userId: user.userId,
      factor: { ...user.factor, id: randomUUID(), state: "pending" },
      backupCodes: user.backupCodes,
      event: event(user.userId, "setup_mfa"),
    });
  const accept = ({ userId, factor }: UserImport, replayCounter: bigint) =>
    store.acceptCode({
      userId,
      match: { kind: "factor", factorId: factor.id, replayCounter },
      at: AT,
      event: event(userId, "verify_code"),
      throttle: AMPLE_THROTTLE,
    });

  test("a user who is imported has factor, replay counter, codes and failures as given, and logs in", async () => {
    const user = userImport(newUser());
    expect(await imports.importUsers([user])).toEqual(new Set([user.userId]));
    expect(await store.readUser(user.userId)).toMatchObject({
      enabled: true,
      verified: true,
      method: "totp",
      factor: user.factor,
      backupCodes: { generation: 1, remaining: 2, salt: user.backupCodes?.salt },
      consecutiveFailures: { primary: 3, backup: 0 },
      verifyTime: AT,
      lastUseTime: undefined,
    });
    expect(await accept(user, 41n)).toEqual({ outcome: "replayed" });
    expect(await accept(user, 42n)).toMatchObject({ outcome: "accepted" });
  });

  test("a user with an active factor stays as he is, whoever else is in the batch", async () => {
    const first = userImport(newUser());
    await imports.importUsers([first]);
    const again = { ...userImport(first.userId), consecutiveFailures: 99 };
    const other = userImport(newUser());
    expect(await imports.importUsers([again, other])).toEqual(new Set([other.userId]));
    expect(await store.readUser(first.userId)).toMatchObject({
      factor: first.factor,
      consecutiveFailures: { primary: 3 },
    });
    expect(await imports.importUsers([again])).toEqual(new Set());
  });

  test("a pending enrolment gives way with its codes, and the larger count of failures stays", async () => {
    const user = { ...userImport(newUser()), backupCodes: undefined };
    expect(await begin(userImport(user.userId))).toBe("begun");
    for (let failure = 0; failure < 5; failure += 1) {
      const refused = event(user.userId, "verify_setup");
      await store.recordRejection({ ...refused, outcome: "rejected", reason: "INVALID_CODE" }, "primary");
    }
    await imports.importUsers([user]);
    expect(await store.readUser(user.userId)).toMatchObject({
      enabled: true,
      factor: { id: user.factor.id },
      backupCodes: undefined,
      consecutiveFailures: { primary: 5 },
    });
    expect(await begin(userImport(user.userId))).toBe("already-enabled");
  });

  test("a pending factor that is imported is confirmed as any other", async () => {
    const user = userImport(newUser(), { state: "pending", replayCounter: 0n });
    await imports.importUsers([user]);
    expect(await store.readUser(user.userId)).toMatchObject({ enabled: false, verifyTime: undefined });
    expect(await accept(user, 42n)).toEqual({ outcome: "gone" });
    const match = { kind: "factor", factorId: user.factor.id, replayCounter: 42n } as const;
    const base = { userId: user.userId, match, at: AT, notBefore: AT };
    const confirmed = await store.confirmEnrolment({ ...base, event: event(user.userId, "verify_setup") });
    expect(confirmed).toEqual({ outcome: "accepted", backupCodesRemaining: 2 });
  });

  test("of concurrent imports of the same users, each user is one's alone", async () => {
    const ids = Array.from({ length: 20 }, newUser);
    const stored = await Promise.all(
      [ids, ids.toReversed(), ids].map((each) => imports.importUsers(each.map((id) => userImport(id)))),
    );
    expect(stored.flatMap((each) => [...each]).sort()).toEqual([...ids].sort());
  });

  test("a batch is stored whole or not at all", async () => {
    const [good, bad] = [userImport(newUser()), userImport(newUser())];
    const broken = { ...bad, factor: { ...bad.factor, parameters: {} } as Factor };
    await expect(imports.importUsers([good, broken])).rejects.toThrow();
    expect(await store.readUser(good.userId)).toBeUndefined();
  });

  test("those who leave are the active ones of the moment, page by page each once", async () => {
    const before = new Date(AT.getTime() + 60_000);
    const known = await exports.countUsers(before);
    const users = Array.from({ length: 5 }, () => userImport(newUser()));
    const later = userImport(newUser(), { createTime: new Date(before.getTime() + 1) });
    const pending = userImport(newUser(), { state: "pending" });
    await imports.importUsers([...users, later, pending]);
    expect(await exports.countUsers(before)).toBe(known + 5);
    const found: UserId[] = [];
    for (let after: UserId | undefined, more = true; more; more = after !== undefined) {
      const page = await exports.readPage({ before, after, limit: 2 });
      expect(page.users.length).toBeLessThanOrEqual(2);
      found.push(...page.users.map(({ userId }) => userId));
      after = page.last;
    }
    expect(new Set(found).size).toBe(found.length);
    expect(found).toHaveLength(known + 5);
    expect(found).toEqual(expect.arrayContaining(users.map(({ userId }) => userId)));
  });

  test("the largest batch fits, with as many backup codes as a user may have", async () => {
    const hashes = Array.from({ length: 20 }, () => randomBytes(32));
    const users = Array.from({ length: 500 }, () => {
      const user = userImport(newUser());
      return { ...user, backupCodes: { salt: randomBytes(16), scheme: "scrypt:14:k", hashes } };
    });
    expect((await imports.importUsers(users)).size).toBe(500);
    expect(await store.readUser(users[499]!.userId)).toMatchObject({ backupCodes: { remaining: 20 } });
  });
});
