import { randomBytes, randomUUID } from "node:crypto";
import { createMac, keyRingFromMasterKey, type Mac } from "@countersign/field-crypto";
import type { AnyAuditEvent } from "../../../src/domain/audit/audit-event.js";
import type { UserId } from "../../../src/domain/user-id.js";
import { type AuditRow, createAuditRowMaker } from "../../../src/storage/postgres/audit/audit-table.js";
import { type SealOutcome, sealAudit } from "../../../src/storage/postgres/audit/seal-audit.js";
import type { AuditReport } from "../../../src/storage/postgres/audit/verification-report.js";
import { type VerifyOptions, verifyAudit } from "../../../src/storage/postgres/audit/verify-audit.js";
import type { Database } from "../../../src/storage/postgres/database/database.js";
import { createMfaStore } from "../../../src/storage/postgres/enrolment/postgres-mfa-store.js";
import { TestClock } from "../test-clock.js";

const LAG_MS = 120_000;
const MINUTE = 60;

/** A log to fill, seal and verify, with a clock that a test moves. */
export interface TestAuditLog {
  readonly clock: TestClock;
  readonly mac: Mac;
  /** A row of the moment, for a test to insert by itself. */
  row(event?: Partial<AnyAuditEvent>): AuditRow;
  /** Writes rows, a second apart. */
  write(count: number, event?: Partial<AnyAuditEvent>): Promise<void>;
  seal(): Promise<SealOutcome>;
  /** Writes `rows` rows into each of so many intervals and seals each. */
  writeSealed(intervals: number, rows: number): Promise<void>;
  verify(options?: Partial<VerifyOptions>): Promise<AuditReport>;
}

export function testAuditLog(database: Database): TestAuditLog {
  const clock = new TestClock();
  const mac = createMac(keyRingFromMasterKey(randomBytes(32).toString("base64")), "audit-mac");
  const auditRow = createAuditRowMaker({
    userRef: (userId) => `ref-${userId}`,
    sign: (parts) => mac.sign(parts),
    randomId: randomUUID,
  });
  const store = createMfaStore(database, auditRow);
  const eventNow = (event: Partial<AnyAuditEvent> = {}): AnyAuditEvent => ({
    action: "verify_code",
    outcome: "succeeded",
    userId: "alice" as UserId,
    actor: { caller: "test", requestId: "r", context: { ipAddress: "192.0.2.1", userAgent: "curl" } },
    at: clock.now(),
    details: { b: "2", a: "1" },
    ...event,
  });
  const log: TestAuditLog = {
    clock,
    mac,
    row: (event) => auditRow(eventNow(event)),
    async write(count, event) {
      for (let row = 0; row < count; row += 1) {
        clock.advance(1);
        await store.record(eventNow(event));
      }
    },
    seal: () => sealAudit(database, { mac, now: clock.now, lagMs: LAG_MS }),
    async writeSealed(intervals, rows) {
      for (let interval = 0; interval < intervals; interval += 1) {
        await log.write(rows);
        clock.advance(3 * MINUTE);
        const { outcome } = await log.seal();
        if (outcome !== "sealed") throw new Error(`nothing was sealed: ${outcome}`);
      }
    },
    verify: (options) =>
      verifyAudit(database, {
        mac,
        now: clock.now,
        unsealedLimitMs: LAG_MS + 10 * MINUTE * 1_000,
        onProgress: () => undefined,
        ...options,
      }),
  };
  return log;
}
