import { createMac, keyRingFromMasterKey } from "@countersign/field-crypto";
import { expect, test } from "vitest";
import { SEAL_LAG_MS } from "../../src/storage/postgres/audit/seal-job.js";
import { verifyAudit } from "../../src/storage/postgres/audit/verify-audit.js";
import { openPostgres } from "../../src/storage/postgres/database/postgres-database.js";
import { type Enrolled, enrolTotp } from "../support/enrolment/enrolment.js";
import { startTestService } from "../support/service.js";

const USERS = 20;

test("the log of 200 parallel logins over two replicas, sealed by both as they go, verifies", async () => {
  await using service = await startTestService({ replicas: 2, config: { auditSealIntervalMs: 20 } });
  const { clock, replicas, database, config } = service;
  const users: Enrolled[] = [];
  for (let user = 0; user < USERS; user += 1) users.push(await enrolTotp(service.client, clock));
  const logins = Array.from({ length: 200 }, async (_, login) => {
    const { userId, authenticator } = users[login % USERS]!;
    const { client } = replicas[login % 2]!;
    return client.verifyCode({ userId, code: authenticator.code(clock.ms) });
  });
  await Promise.all(logins);
  clock.advance((2 * SEAL_LAG_MS) / 1_000);
  const rows = 2 * USERS + 200;
  await expect.poll(async () => sealedRows(database.sql)).toBe(rows);

  await using log = openPostgres({ url: database.url, maxConnections: 2, timeLimitMs: 20_000 });
  const mac = createMac(keyRingFromMasterKey(config.encryptionKey!), "audit-mac");
  const report = await verifyAudit(log, {
    mac,
    now: clock.now,
    unsealedLimitMs: SEAL_LAG_MS,
    onProgress: () => undefined,
  });
  expect(report).toMatchObject({ problems: [], notes: [], rowsChecked: rows, unsealedRows: 0 });
});

async function sealedRows(
  sql: Awaited<ReturnType<typeof startTestService>>["database"]["sql"],
): Promise<number> {
  return Number((await sql`select coalesce(sum(row_count), 0) as rows from mfa_audit_seals`)[0]?.rows);
}
