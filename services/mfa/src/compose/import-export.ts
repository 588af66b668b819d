import { randomBytes, randomUUID } from "node:crypto";
import type { Log } from "@countersign/telemetry-ports";
import type { ExportDeps } from "../app/import-export/export-users.js";
import type { ImportDeps } from "../app/import-export/import-batch.js";
import type { ImportExportConfig } from "../config/commands/import-export-config.js";
import { createBackupCodeHasher } from "../crypto/backup-code-hasher.js";
import { UNOBSERVED } from "../crypto/crypto-observer.js";
import { requireKeysInUse } from "../crypto/key-guard.js";
import { type OwnedKeyRing, openKeyRing } from "../crypto/key-ring.js";
import { auditRowMaker, backupCodePepper, secretCipher } from "../crypto/keyed-ports.js";
import { mfaPolicy } from "../policy/mfa-policy.js";
import type { Database } from "../storage/postgres/database/database.js";
import { openPostgres } from "../storage/postgres/database/postgres-database.js";
import { createMfaStore } from "../storage/postgres/enrolment/postgres-mfa-store.js";
import { createExportStore } from "../storage/postgres/import-export/export-users.js";
import { createImportStore } from "../storage/postgres/import-export/import-users.js";
import { readNewestKeyId } from "../storage/postgres/keys/key-usage.js";
import { Closer } from "./closer.js";
import { BACKUP_CODE_HASHING } from "./use-case-deps.js";

/** Batches are large, and no caller waits for an answer. */
const TIME_LIMIT_MS = 300_000;
const MAX_CONNECTIONS = 4;

/** The dependencies of import and export. */
export type ImportExport = AsyncDisposable & ImportDeps & ExportDeps;

/** Opens keys and database as the service does. Throws if the keys are not the service's. */
export async function openImportExport(
  config: ImportExportConfig,
  { log, now }: { readonly log: Log; readonly now: () => Date },
): Promise<ImportExport> {
  const closer = new Closer();
  try {
    const keys = closer.own(await openKeyRing(config, { log, observer: UNOBSERVED }));
    const limits = { maxConnections: MAX_CONNECTIONS, timeLimitMs: TIME_LIMIT_MS };
    const database = closer.own(openPostgres({ ...config.database, ...limits }));
    await requireKeysOf(database, keys);
    const policy = mfaPolicy(config.security);
    const alarm = { log, observer: UNOBSERVED };
    const auditRow = auditRowMaker(keys.current);
    return {
      store: createMfaStore(database, auditRow),
      imports: createImportStore(database, auditRow),
      exports: createExportStore(database),
      cipher: secretCipher(keys.current, alarm),
      hasher: createBackupCodeHasher({
        ...BACKUP_CODE_HASHING,
        pepper: backupCodePepper(keys.current, alarm),
        randomBytes,
      }),
      policy: () => policy,
      now,
      randomId: randomUUID,
      [Symbol.asyncDispose]: () => closer[Symbol.asyncDispose](),
    };
  } catch (error) {
    await closer[Symbol.asyncDispose]();
    throw error;
  }
}

/** An import under keys that the service does not have would enrol users whose secrets cannot be decrypted. */
async function requireKeysOf(database: Database, keys: OwnedKeyRing): Promise<void> {
  const newest = await database.run(readNewestKeyId);
  if (newest !== undefined && keys.current().find("field-encryption", newest) === undefined)
    throw new Error(
      `the service works under the key ${newest}, which is not among these: set KEY_RING_DIR or ENCRYPTION_KEY as it has them`,
    );
  await requireKeysInUse(database, keys.current());
}
