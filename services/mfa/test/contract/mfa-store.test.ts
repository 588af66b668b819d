import { randomBytes, randomUUID } from "node:crypto";
import { sql } from "drizzle-orm";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { AuditAction, AuditEvent } from "../../src/domain/audit/audit-event.js";
import type { AcceptCodeInput, MfaStore } from "../../src/domain/enrolment/mfa-store.js";
import type { Factor, TotpFactor } from "../../src/domain/factor/factor.js";
import { MAX_CONSECUTIVE_FAILURES } from "../../src/domain/throttle/lockout-policy.js";
import type { UserId } from "../../src/domain/user-id.js";
import type { CodeMatch } from "../../src/domain/verification/code-match.js";
import { createAuditRowMaker } from "../../src/storage/postgres/audit/audit-table.js";
import type { Database } from "../../src/storage/postgres/database/database.js";
import { queryRows } from "../../src/storage/postgres/database/database.js";
import { openPglite } from "../../src/storage/postgres/database/pglite-database.js";
import { openPostgres } from "../../src/storage/postgres/database/postgres-database.js";
import { createMfaStore } from "../../src/storage/postgres/enrolment/postgres-mfa-store.js";
import { migrateDatabase } from "../../src/storage/postgres/schema/migrate.js";
import { createTestDatabase } from "../support/stores/database.js";
import { AMPLE_THROTTLE } from "./support/ample-throttle.js";

const implementations: Record<string, () => Promise<Database>> = {
  pglite: async () => {
    const database = await openPglite(undefined);
    await migrateDatabase(database, new Date());
    return database;
  },
  postgres: async () => {
    const own = await createTestDatabase();
    const database = openPostgres({ url: own.url, maxConnections: 10, timeLimitMs: 20_000 });
    return {
      run: (work) => database.run(work),
      async [Symbol.asyncDispose]() {
        await database[Symbol.asyncDispose]();
        await own[Symbol.asyncDispose]();
      },
    };
  },
};

const AT = new Date("2026-11-23T12:00:00Z");
const actor = { caller: "test", requestId: "r1", context: { ipAddress: "192.0.2.1", userAgent: undefined } };

describe.each(Object.entries(implementations))("MFA store (%s)", (_, open) => {
  let database: Database;
  let store: MfaStore;
  beforeAll(async () => {
    database = await open();
    store = createMfaStore(
      database,
      createAuditRowMaker({
        userRef: (userId) => `ref-${userId}`,
        sign: () => ({ keyId: "k", mac: randomBytes(32) }),
        randomId: randomUUID,
      }),
    );
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
  const given = (userId: UserId, match: CodeMatch): AcceptCodeInput => ({
    userId,
    match,
    at: AT,
    event: event(userId, "verify_code"),
    throttle: AMPLE_THROTTLE,
  });
  const pending = (): TotpFactor => ({
    id: randomUUID(),
    method: "totp",
    state: "pending",
    createTime: AT,
    replayCounter: 0n,
    parameters: { algorithm: "SHA256", digits: 8, periodSeconds: 60 },
    sealedSecret: randomBytes(50),
    sealedNoticeEmail: randomBytes(40),
  });
  const codes = () => ({
    salt: randomBytes(16),
    scheme: "scrypt:14:k",
    hashes: Array.from({ length: 10 }, () => randomBytes(32)),
  });

  async function begin(userId: UserId, factor: Factor = pending()) {
    const backupCodes = codes();
    const begun = await store.beginEnrolment({
      userId,
      factor,
      backupCodes,
      event: event(userId, "setup_mfa"),
    });
    return { begun, factor, backupCodes };
  }

  const copies = (length: number, input: AcceptCodeInput) =>
    Promise.all(Array.from({ length }, () => store.acceptCode(input)));

  async function enrol() {
    const userId = `user-${randomUUID()}` as UserId;
    const { factor, backupCodes } = await begin(userId);
    const match = { kind: "factor", factorId: factor.id, replayCounter: 100n } as const;
    const confirmed = await store.confirmEnrolment({ ...given(userId, match), notBefore: AT });
    expect(confirmed).toEqual({ outcome: "accepted", backupCodesRemaining: 10 });
    return { userId, factor, backupCodes, code: (replayCounter: bigint) => ({ ...match, replayCounter }) };
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

  test("an MFA store knows nothing of a user never seen", async () => {
    expect(await store.readUser("nobody" as UserId)).toBeUndefined();
  });

  test("an MFA store gives back what enrolment stored", async () => {
    const { userId, factor, backupCodes } = await enrol();
    expect(await store.readUser(userId)).toMatchObject({
      enabled: true,
      verified: true,
      method: "totp",
      factor: { ...factor, state: "active", replayCounter: 100n },
      backupCodes: { generation: 1, salt: backupCodes.salt, scheme: backupCodes.scheme, remaining: 10 },
      consecutiveFailures: { primary: 0, backup: 0 },
      createTime: AT,
      verifyTime: AT,
    });
    expect(await auditRows(userId)).toEqual(["setup_mfa succeeded", "verify_code succeeded"]);
  });

  test.each(["sms", "email"] as const)("an MFA store gives back a factor of %s", async (method) => {
    const userId = `user-${randomUUID()}` as UserId;
    const base = { id: randomUUID(), state: "pending", createTime: AT, replayCounter: 0n } as const;
    const factor = { ...base, method, sealedDestination: randomBytes(50) };
    await begin(userId, factor);
    expect(await store.readUser(userId)).toMatchObject({ enabled: false, method, factor });
  });

  test("only the newest pending factor can be confirmed, and not after its time", async () => {
    const userId = `user-${randomUUID()}` as UserId;
    const first = await begin(userId);
    const second = await begin(userId);
    const confirm = (factorId: string, notBefore: Date) =>
      store.confirmEnrolment({
        ...given(userId, { kind: "factor", factorId, replayCounter: 1n }),
        notBefore,
      });
    expect(await confirm(first.factor.id, AT)).toEqual({ outcome: "gone" });
    expect(await confirm(second.factor.id, new Date(AT.getTime() + 1))).toEqual({ outcome: "gone" });
    expect(await confirm(second.factor.id, AT)).toHaveProperty("outcome", "accepted");
    expect(await confirm(second.factor.id, AT)).toEqual({ outcome: "gone" });
  });

  test("enrolment of a user with an active factor changes nothing", async () => {
    const { userId, factor } = await enrol();
    expect((await begin(userId)).begun).toBe("already-enabled");
    expect((await store.readUser(userId))?.factor?.id).toBe(factor.id);
  });

  test("the replay counter only moves forward", async () => {
    const { userId, code } = await enrol();
    const accept = async (step: bigint) => (await store.acceptCode(given(userId, code(step)))).outcome;
    expect(await accept(100n)).toBe("replayed"); // the code that confirmed enrolment is burnt
    expect(await accept(101n)).toBe("accepted");
    expect(await accept(101n)).toBe("replayed");
    expect(await accept(99n)).toBe("replayed");
    expect(await accept(102n)).toBe("accepted");
  });

  test("of 200 parallel copies of one code an MFA store accepts exactly one", async () => {
    const { userId, code } = await enrol();
    const results = await copies(200, given(userId, code(101n)));
    expect(results.filter(({ outcome }) => outcome === "accepted")).toHaveLength(1);
    expect((await auditRows(userId)).filter((row) => row === "verify_code succeeded")).toHaveLength(2);
  });

  test("of 200 parallel copies of one backup code an MFA store accepts exactly one", async () => {
    const { userId, backupCodes } = await enrol();
    const match = { kind: "backup-code", generation: 1, hash: backupCodes.hashes[0]! } as const;
    const results = await copies(200, given(userId, match));
    expect(results.filter(({ outcome }) => outcome === "accepted")).toEqual([
      { outcome: "accepted", backupCodesRemaining: 9 },
    ]);
    expect(results.filter(({ outcome }) => outcome === "replayed")).toHaveLength(199);
  });

  test("each of the ten backup codes is spent once, all in parallel", async () => {
    const { userId, backupCodes } = await enrol();
    const spend = (hash: Buffer) =>
      store.acceptCode(given(userId, { kind: "backup-code", generation: 1, hash }));
    const results = await Promise.all([...backupCodes.hashes, ...backupCodes.hashes].map(spend));
    expect(results.filter(({ outcome }) => outcome === "accepted")).toHaveLength(10);
    expect((await store.readUser(userId))?.backupCodes?.remaining).toBe(0);
  });

  test("an unknown backup code, another user's and one of an older generation are refused", async () => {
    const [one, other] = [await enrol(), await enrol()];
    const spend = (generation: number, hash: Buffer) =>
      store.acceptCode(given(one.userId, { kind: "backup-code", generation, hash }));
    expect(await spend(1, randomBytes(32))).toEqual({ outcome: "unknown" });
    expect(await spend(1, other.backupCodes.hashes[0]!)).toEqual({ outcome: "unknown" });
    const fresh = codes();
    await store.replaceBackupCodes({ ...given(one.userId, one.code(101n)), backupCodes: fresh });
    expect(await spend(1, one.backupCodes.hashes[0]!)).toEqual({ outcome: "gone" });
    expect(await spend(2, one.backupCodes.hashes[0]!)).toEqual({ outcome: "unknown" });
    expect(await spend(2, fresh.hashes[0]!)).toHaveProperty("outcome", "accepted");
  });

  test("a replayed match replaces no backup codes and disables nothing", async () => {
    const { userId, code, backupCodes } = await enrol();
    expect(await store.replaceBackupCodes({ ...given(userId, code(100n)), backupCodes: codes() })).toEqual({
      outcome: "replayed",
    });
    expect(await store.disable(given(userId, code(100n)))).toEqual({ outcome: "replayed" });
    expect(await store.readUser(userId)).toMatchObject({
      enabled: true,
      backupCodes: { salt: backupCodes.salt, remaining: 10 },
    });
  });

  test("disabling erases the factor and the backup codes; later enrolments do not revive them", async () => {
    const { userId, code, backupCodes } = await enrol();
    expect(await store.disable(given(userId, code(101n)))).toHaveProperty("outcome", "accepted");
    expect(await store.readUser(userId)).toMatchObject({
      enabled: false,
      method: undefined,
      factor: undefined,
      backupCodes: undefined,
    });
    expect(await store.acceptCode(given(userId, code(102n)))).toEqual({ outcome: "gone" });
    await begin(userId);
    const old = { kind: "backup-code", generation: 1, hash: backupCodes.hashes[0]! } as const;
    expect(await store.acceptCode(given(userId, old))).toEqual({ outcome: "gone" });
    expect((await store.readUser(userId))?.backupCodes?.generation).toBe(2);
  });

  test("a disabling and 50 logins race: each code is accepted at most once, and nothing after the disabling", async () => {
    const { userId, code } = await enrol();
    const disabling = store.disable(given(userId, code(101n)));
    const logins = await copies(50, given(userId, code(101n)));
    const all = [await disabling, ...logins];
    expect(all.filter(({ outcome }) => outcome === "accepted")).toHaveLength(1);
  });

  test("failures are counted by scope, and a success clears its own scope only", async () => {
    const { userId, code } = await enrol();
    const refused: AuditEvent = {
      ...event(userId, "verify_code"),
      outcome: "rejected",
      reason: "INVALID_CODE",
    };
    await store.recordRejection(refused, "primary");
    await store.recordRejection(refused, "backup");
    await store.recordRejection(refused, undefined);
    expect((await store.readUser(userId))?.consecutiveFailures).toEqual({ primary: 1, backup: 1 });
    await store.acceptCode(given(userId, code(101n)));
    expect((await store.readUser(userId))?.consecutiveFailures).toEqual({ primary: 0, backup: 1 });
    expect(await auditRows(userId)).toHaveLength(6);
  });

  test("an MFA store locks the scope of a hundred failures in a row to right codes, and only that scope", async () => {
    const { userId, code, backupCodes } = await enrol();
    const refused: AuditEvent = {
      ...event(userId, "verify_code"),
      outcome: "rejected",
      reason: "INVALID_CODE",
    };
    await Promise.all(
      Array.from({ length: MAX_CONSECUTIVE_FAILURES }, () => store.recordRejection(refused, "primary")),
    );
    expect(await store.acceptCode(given(userId, code(101n)))).toEqual({ outcome: "locked" });
    const backup = { kind: "backup-code", generation: 1, hash: backupCodes.hashes[0]! } as const;
    expect(await store.acceptCode(given(userId, backup))).toHaveProperty("outcome", "accepted");
  });

  test("an MFA store changes nothing without its audit row", async () => {
    const { userId, code } = await enrol();
    const broken = {
      ...given(userId, code(101n)),
      event: {
        ...event(userId, "verify_code"),
        actor: { ...actor, context: { ipAddress: "a".repeat(46), userAgent: undefined } },
      },
    };
    await expect(store.acceptCode(broken)).rejects.toThrow();
    await expect(store.disable(broken)).rejects.toThrow();
    expect(await store.readUser(userId)).toMatchObject({ enabled: true });
    expect(await store.acceptCode(given(userId, code(101n)))).toHaveProperty("outcome", "accepted");
  });
});
