import { createMac, type Mac } from "@countersign/field-crypto";
import type { AuditConfig } from "../../config/commands/audit-config.js";
import { UNOBSERVED } from "../../crypto/crypto-observer.js";
import { requireKeysInUse } from "../../crypto/key-guard.js";
import { openKeyRing } from "../../crypto/key-ring.js";
import type { Database } from "../../storage/postgres/database/database.js";
import type { PostgresAddress } from "../../storage/postgres/database/postgres-address.js";
import { openPostgres } from "../../storage/postgres/database/postgres-database.js";
import { createLogger } from "../../telemetry/log/logger.js";

const TIME_LIMIT_MS = 120_000;

/** What the audit commands work with. Disposing of it closes the database and the key ring. */
export interface AuditWork extends AsyncDisposable {
  readonly database: Database;
  readonly mac: Mac;
  readonly now: () => Date;
  /**
   * Rejects if the database names keys that are missing: a seal under a foreign key would be the newest, which every server must be able to verify.
   */
  readonly requireKeysInUse: () => Promise<void>;
}

/** Opens the database at this address and the keys that sign the log. */
export async function openAudit(
  config: AuditConfig,
  address: PostgresAddress,
  now: () => Date,
): Promise<AuditWork> {
  const keys = await openKeyRing(config, { log: createLogger("warn"), observer: UNOBSERVED });
  const database = openPostgres({ ...address, maxConnections: 2, timeLimitMs: TIME_LIMIT_MS });
  return {
    database,
    mac: createMac(keys.current, "audit-mac"),
    now,
    requireKeysInUse: () => requireKeysInUse(database, keys.current()),
    async [Symbol.asyncDispose]() {
      await database[Symbol.asyncDispose]();
      await keys[Symbol.asyncDispose]();
    },
  };
}
