import { sql } from "drizzle-orm";
import { type MigrationMeta, readMigrationFiles } from "drizzle-orm/migrator";
import { ensureAuditPartitions } from "./audit-partitions.js";
import { type Database, type Orm, queryRows } from "./database.js";
import { migrationsFolder } from "./migrations-folder.js";
import type { PostgresAddress } from "./postgres-address.js";
import { openPostgres } from "./postgres-database.js";
import { grantRuntimePrivileges } from "./runtime-role.js";

/** Any constant: it names the lock that migrators of one database share. */
const MIGRATION_LOCK = 771_201;
const LOCK_LIMIT = "60s";
const TIME_LIMIT_MS = 120_000;

/** Migrations that this program has, and how many the database has seen. */
export interface SchemaState {
  readonly known: number;
  readonly applied: number;
}

/**
 * Brings the schema up to date, all or nothing, forward only. Safe when several run at once: a transaction-scoped lock lets one work at a
 * time, also through a pooler, where a lock of the session would stay behind on somebody else's connection.
 */
export async function migrateDatabase(
  database: Database,
  now: Date,
  runtimeRole?: string,
): Promise<SchemaState> {
  const migrations = readMigrationFiles({ migrationsFolder: migrationsFolder() });
  await database.run((orm) =>
    orm.transaction(async (tx) => {
      await tx.execute(sql.raw(`set local lock_timeout = '${LOCK_LIMIT}'`));
      await tx.execute(sql`select pg_advisory_xact_lock(${MIGRATION_LOCK})`);
      await tx.execute(
        sql`create table if not exists mfa_schema_migrations (version int primary key, hash text not null, applied_at timestamptz not null)`,
      );
      const applied = await countApplied(tx);
      for (const [index, migration] of migrations.entries()) {
        if (index >= applied) await apply(tx, { version: index + 1, migration, now });
      }
      await ensureAuditPartitions(tx, now);
      if (runtimeRole !== undefined) await grantRuntimePrivileges(tx, runtimeRole);
    }),
  );
  return { known: migrations.length, applied: migrations.length };
}

/** How far the schema is; changes nothing. */
export async function readSchemaState(database: Database): Promise<SchemaState> {
  const known = readMigrationFiles({ migrationsFolder: migrationsFolder() }).length;
  const applied = await database.run(async (orm) => {
    const [table] = await queryRows<{ there: boolean }>(
      orm,
      sql`select to_regclass('mfa_schema_migrations') is not null as there`,
    );
    return table?.there === true ? countApplied(orm) : 0;
  });
  return { known, applied };
}

/** Migrates the database at this address and, when a role is named that the service serves as, gives it the rights it needs. */
export async function migrate(address: PostgresAddress, runtimeRole?: string): Promise<SchemaState> {
  await using database = openPostgres({ ...address, maxConnections: 1, timeLimitMs: TIME_LIMIT_MS });
  return await migrateDatabase(database, new Date(), runtimeRole);
}

async function countApplied(orm: Orm): Promise<number> {
  const [row] = await queryRows<{ applied: number }>(
    orm,
    sql`select coalesce(max(version), 0)::int as applied from mfa_schema_migrations`,
  );
  return row?.applied ?? 0;
}

async function apply(
  tx: Orm,
  step: { readonly version: number; readonly migration: MigrationMeta; readonly now: Date },
): Promise<void> {
  for (const statement of step.migration.sql) await tx.execute(sql.raw(statement));
  await tx.execute(
    sql`insert into mfa_schema_migrations values (${step.version}, ${step.migration.hash}, ${step.now.toISOString()}::timestamptz)`,
  );
}
