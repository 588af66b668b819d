import { sql } from "drizzle-orm";
import { ensureAuditPartitions } from "../audit/audit-partitions.js";
import { type Database, type Orm, queryRows } from "../database/database.js";
import type { PostgresAddress } from "../database/postgres-address.js";
import { openPostgres } from "../database/postgres-database.js";
import { grantRuntimePrivileges } from "./runtime-role.js";
import { knownMigrations, type Migration, readApplied, type SchemaState } from "./schema-state.js";

/** Any constant: the advisory lock that migrators of one database share. */
const MIGRATION_LOCK = 771_201;
const LOCK_LIMIT = "60s";
const TIME_LIMIT_MS = 120_000;

/**
 * Brings the schema up to date, all or nothing, forward only; a newer one is left unchanged. Safe when several run concurrently: a transaction-scoped
 * lock admits one at a time, also through a pooler, where a session lock would stay on a connection that others use.
 */
export async function migrateDatabase(
  database: Database,
  now: Date,
  runtimeRole?: string,
): Promise<SchemaState> {
  const migrations = knownMigrations();
  const state = await database.run((orm) =>
    orm.transaction(async (tx) => {
      await tx.execute(sql.raw(`set local lock_timeout = '${LOCK_LIMIT}'`));
      await tx.execute(sql`select pg_advisory_xact_lock(${MIGRATION_LOCK})`);
      await prepareRecord(tx);
      const { applied } = await readApplied(tx);
      for (const migration of migrations.slice(applied)) await apply(tx, migration, now);
      await ensureAuditPartitions(tx, now);
      if (runtimeRole !== undefined) await grantRuntimePrivileges(tx, runtimeRole);
      return readApplied(tx);
    }),
  );
  return { known: migrations.length, ...state };
}

/** Migrates the database at this address and, if the service's role is named, grants it the privileges it needs. */
export async function migrate(address: PostgresAddress, runtimeRole?: string): Promise<SchemaState> {
  await using database = openPostgres({ ...address, maxConnections: 1, timeLimitMs: TIME_LIMIT_MS });
  return await migrateDatabase(database, new Date(), runtimeRole);
}

async function prepareRecord(tx: Orm): Promise<void> {
  await tx.execute(
    sql`create table if not exists mfa_schema_migrations (version int primary key, hash text not null, applied_at timestamptz not null)`,
  );
  const [column] = await queryRows(
    tx,
    sql`select from pg_attribute where attrelid = 'mfa_schema_migrations'::regclass and attname = 'works_with'`,
  );
  // Checked first: the lock of an `alter` would block servers that start meanwhile.
  if (column === undefined)
    await tx.execute(sql`alter table mfa_schema_migrations add column works_with int not null default 0`);
}

async function apply(tx: Orm, { version, hash, statements, worksWith }: Migration, now: Date): Promise<void> {
  for (const statement of statements) await tx.execute(sql.raw(statement));
  await tx.execute(
    sql`insert into mfa_schema_migrations (version, hash, applied_at, works_with)
      values (${version}, ${hash}, ${now.toISOString()}::timestamptz, ${worksWith})`,
  );
}
