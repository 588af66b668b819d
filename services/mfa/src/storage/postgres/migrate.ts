import { fileURLToPath } from "node:url";
import { sql } from "drizzle-orm";
import type { MigrationConfig } from "drizzle-orm/migrator";
import { migrate as applyMigrations } from "drizzle-orm/postgres-js/migrator";
import { ensureAuditPartitions } from "./audit-partitions.js";
import type { Database, Orm } from "./database.js";
import { openPostgres } from "./postgres-database.js";

const MIGRATIONS_FOLDER = fileURLToPath(new URL("../../../migrations", import.meta.url));
/** Any constant: it names the lock that migrators of one database share. */
const MIGRATION_LOCK = 771_201;
const LOCK_LIMIT = "60s";

/** Brings the schema up to date. Safe when several run at once: a transaction-scoped lock lets one work, and works through a pooler. */
export async function migrateDatabase(database: Database, now: Date): Promise<void> {
  await database.run((orm) =>
    orm.transaction(async (tx) => {
      await tx.execute(sql.raw(`set local lock_timeout = '${LOCK_LIMIT}'`));
      await tx.execute(sql`select pg_advisory_xact_lock(${MIGRATION_LOCK})`);
      await applyWithin(tx, { migrationsFolder: MIGRATIONS_FOLDER });
      await ensureAuditPartitions(tx, now);
    }),
  );
}

/** Migrates the database at this address. */
export async function migrate(databaseUrl: string): Promise<void> {
  await using database = openPostgres({ url: databaseUrl, maxConnections: 1, timeLimitMs: 120_000 });
  await migrateDatabase(database, new Date());
}

/** Drizzle's migrator runs within the transaction that it is given; its type names only one of the drivers. */
async function applyWithin(tx: Orm, config: MigrationConfig): Promise<void> {
  await applyMigrations(tx as unknown as Parameters<typeof applyMigrations>[0], config);
}
