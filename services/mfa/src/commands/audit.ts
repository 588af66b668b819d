import { parseArgs } from "node:util";
import { createMac } from "@countersign/field-crypto";
import type { AuditConfig } from "../config/audit-config.js";
import { UNOBSERVED } from "../crypto/crypto-observer.js";
import { requireKeysInUse } from "../crypto/key-guard.js";
import { openKeyRing } from "../crypto/key-ring.js";
import { maintainAudit } from "../storage/postgres/audit/maintain-audit.js";
import { sealAudit } from "../storage/postgres/audit/seal-audit.js";
import { SEAL_LAG_MS } from "../storage/postgres/audit/seal-job.js";
import { openPostgres } from "../storage/postgres/database/postgres-database.js";
import { createLogger } from "../telemetry/log/logger.js";
import { runVerify } from "./audit-verify.js";

const TIME_LIMIT_MS = 120_000;

export const AUDIT_USAGE = `countersign audit seal       sign the rows that are not signed yet
countersign audit verify     check every row and seal; exit 0 when the log is whole, 1 when it is not
  --from TIME --to TIME      only rows of this time, such as 2026-11-23T00:00:00Z
  --anchor NUMBER:HASH       a seal noted down before, which must still be there
countersign audit maintain   make the coming partitions and drop those past the retention; as the tables' owner
`;

/** Exit codes: 0 done, 1 the log is not whole or the work could not be done, 2 a mistake in the command. */
export async function runAudit(config: AuditConfig, args: readonly string[]): Promise<number> {
  const { values, positionals } = parseArgs({
    args: [...args],
    options: { from: { type: "string" }, to: { type: "string" }, anchor: { type: "string" } },
    allowPositionals: true,
  });
  const [task = ""] = positionals;
  const address = task === "maintain" ? config.ownerDatabase : config.database;
  await using keys = await openKeyRing(config, { log: createLogger("warn"), observer: UNOBSERVED });
  await using database = openPostgres({ ...address, maxConnections: 2, timeLimitMs: TIME_LIMIT_MS });
  const work = { database, mac: createMac(keys.current, "audit-mac"), now: () => new Date() };
  // A seal under a stranger's key would be the newest, which every server must be able to prove.
  if (task === "seal" || task === "maintain") await requireKeysInUse(database, keys.current());
  switch (task) {
    case "seal":
      return await runSeal(work);
    case "verify":
      return await runVerify(work, values);
    case "maintain":
      return await runMaintain({ ...work, retentionDays: config.retentionDays });
    default:
      process.stderr.write(AUDIT_USAGE);
      return 2;
  }
}

type Work = Parameters<typeof runVerify>[0];

async function runSeal(work: Work): Promise<number> {
  for (let [seals, rows] = [0, 0]; ; seals += 1) {
    const result = await sealAudit(work.database, { ...work, lagMs: SEAL_LAG_MS });
    if (result.outcome !== "sealed") {
      const why = result.outcome === "busy" ? "; another process seals the rest" : "";
      process.stdout.write(`sealed ${rows} rows in ${seals} seals${why}\n`);
      return 0;
    }
    rows += result.seal.rowCount;
    process.stdout.write(`seal ${result.seal.number}:${result.seal.hash.toString("hex")}\n`);
  }
}

async function runMaintain(work: Work & { readonly retentionDays: number }): Promise<number> {
  const { outcome, created, dropped, heldBack } = await maintainAudit(work.database, work);
  if (outcome === "busy") {
    process.stdout.write("another process seals or maintains: nothing was done\n");
    return 0;
  }
  const list = (names: readonly string[]) => (names.length === 0 ? "none" : names.join(", "));
  process.stdout.write(`partitions made: ${list(created)}\n`);
  process.stdout.write(`partitions dropped after ${work.retentionDays} days: ${list(dropped)}\n`);
  if (heldBack.length === 0) return 0;
  process.stdout.write(`kept, for they hold rows without a seal: ${list(heldBack)}; run audit seal first\n`);
  return 1;
}
