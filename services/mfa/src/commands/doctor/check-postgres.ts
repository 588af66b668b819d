import { sql } from "drizzle-orm";
import { listAuditPartitions } from "../../storage/postgres/audit/audit-partitions.js";
import { type Database, type Orm, queryRows } from "../../storage/postgres/database/database.js";
import { explainPostgresFault, READ_ONLY } from "../../storage/postgres/database/explain-fault.js";
import { isReadOnly, probeDisk } from "../../storage/postgres/database/probe-write.js";
import { mayRewriteLog, RUNTIME_PRIVILEGES } from "../../storage/postgres/schema/runtime-role.js";
import { readSchemaState, schemaProblem } from "../../storage/postgres/schema/schema-state.js";
import { type Finding, findingsOf } from "../findings/finding.js";

const { ok, warning, failed } = findingsOf("postgres");

const OLDEST_VERSION = 15;
/** A TOTP step is 30 s: a larger difference makes users' codes fail. */
const MOST_SKEW_SECONDS = 5;

/**
 * Checks the database as the role that serves; a write is tried and rolled back. `connections`: what one server opens at most. `role`: the role that
 * serves.
 */
export async function* checkPostgres(
  database: Database,
  connections: number,
  role?: string,
): AsyncIterable<Finding> {
  yield* await database.run(checkServer);
  yield await database.run((orm) => checkConnections(orm, connections));
  const missing = await database.run(missingPrivileges);
  yield* missing.map((what) =>
    failed(`this role may not ${what}`, `countersign migrate --runtime-role ${role ?? "ROLE"}`),
  );
  if (missing.length > 0) return;
  const schema = await readSchemaState(database);
  const problem = schemaProblem(schema);
  if (problem !== undefined) {
    yield failed(problem.why, problem.remedy);
    return;
  }
  yield ok(`the schema is at version ${schema.applied}, this program's at ${schema.known}`);
  yield await tryWrite(database, role);
  yield (await database.run(mayRewriteLog))
    ? warning(
        "this role can rewrite the audit log",
        "serve as another role, which countersign migrate --runtime-role gives its rights",
      )
    : ok("this role can add to the audit log but not change it");
  yield await database.run(checkPartitions);
}

/** Rolls back a transaction. */
class RolledBack extends Error {}

/** Into the table of key ids, which calls hardly use; and to the disk, which a small row may not need. */
async function tryWrite(database: Database, role: string | undefined): Promise<Finding> {
  try {
    await database.run(async (orm) => {
      if (await isReadOnly(orm)) throw new ReadOnly();
      await probeDisk(orm);
      await orm
        .transaction(async (tx) => {
          await tx.execute(sql`insert into mfa_keys_in_use (key_id) values ('(doctor)')`);
          throw new RolledBack();
        })
        .catch((error: unknown) => {
          if (!(error instanceof RolledBack)) throw error;
        });
    });
    return ok("accepts writes (one was tried and rolled back)");
  } catch (error) {
    if (error instanceof ReadOnly) return failed(READ_ONLY, "point DATABASE_URL to the primary");
    const fault = explainPostgresFault(error, role);
    if (fault === undefined) throw error;
    return failed(fault.why);
  }
}

class ReadOnly extends Error {}

interface ServerState {
  readonly version: number;
  readonly standby: boolean;
  readonly durable: boolean;
  readonly encrypted: boolean | null;
  readonly seconds: number;
}

async function checkServer(orm: Orm): Promise<Finding[]> {
  const asked = Date.now();
  const [server] = await queryRows<ServerState>(
    orm,
    sql`
    select current_setting('server_version_num')::int / 10000 as version, pg_is_in_recovery() as standby,
      current_setting('synchronous_commit') <> 'off' and current_setting('fsync') = 'on' as durable,
      (select ssl from pg_stat_ssl where pid = pg_backend_pid()) as encrypted,
      extract(epoch from clock_timestamp())::float8 as seconds`,
  );
  if (server === undefined) throw new Error("Postgres answered nothing");
  const skew = (asked + Date.now()) / 2_000 - server.seconds;
  return [
    ok(`version ${server.version} answers, ${server.encrypted === true ? "over TLS" : "in cleartext"}`),
    ...(server.version < OLDEST_VERSION ? [failed(`must be version ${OLDEST_VERSION} or newer`)] : []),
    ...(server.standby
      ? [failed("this is a standby and accepts no writes", "point DATABASE_URL to the primary")]
      : []),
    // If a confirmed acceptance is lost, its code can be used again.
    ...(server.durable
      ? []
      : [
          failed(
            "synchronous_commit or fsync is off: a crash would let spent codes be used again",
            "turn both on",
          ),
        ]),
    ...(Math.abs(skew) > MOST_SKEW_SECONDS ? [warning(skewed(skew), "set both clocks by NTP")] : []),
  ];
}

function skewed(seconds: number): string {
  return `its clock is ${Math.abs(seconds).toFixed(1)} s ${seconds > 0 ? "behind" : "ahead of"} this one`;
}

/** Behind a pooler the server's limit says little, and is not exceeded. */
async function checkConnections(orm: Orm, connections: number): Promise<Finding> {
  const [server] = await queryRows<{ most: number }>(
    orm,
    sql`select current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int as most`,
  );
  const most = server?.most ?? 0;
  const text = `each server opens ${connections} connections at most (DB_POOL_MAX and two), and Postgres takes ${most} of all clients`;
  return connections > most ? warning(text, "lower DB_POOL_MAX, or raise max_connections") : ok(text);
}

/** Of existing tables: a missing schema is its own finding. */
async function missingPrivileges(orm: Orm): Promise<readonly string[]> {
  const wanted = Object.entries(RUNTIME_PRIVILEGES).flatMap(([table, privileges]) =>
    privileges.map((privilege) => ({ table, privilege })),
  );
  const missing = await queryRows<{ table: string; privilege: string }>(
    orm,
    sql`
    select w."table", w.privilege from jsonb_to_recordset(${JSON.stringify(wanted)}::text::jsonb) as w("table" text, privilege text)
    where not coalesce(has_table_privilege(current_user, to_regclass(w."table"), w.privilege), true)`,
  );
  return missing.map(({ table, privilege }) => `${privilege} on ${table}`);
}

async function checkPartitions(orm: Orm): Promise<Finding> {
  const soon = new Date();
  soon.setUTCMonth(soon.getUTCMonth() + 1, 1);
  const partitions = await listAuditPartitions(orm);
  return partitions.some(({ from, to }) => from <= soon && soon < to)
    ? ok("the audit log has its partition for the coming month")
    : warning(
        "the audit log has no partition for the coming month",
        "countersign audit maintain, as the owner of the tables",
      );
}
