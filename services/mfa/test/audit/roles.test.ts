import postgres from "postgres";
import { expect, test } from "vitest";
import { openPostgres } from "../../src/storage/postgres/database/postgres-database.js";
import { warnOfMutableLog } from "../../src/storage/postgres/schema/log-privileges.js";
import { migrate } from "../../src/storage/postgres/schema/migrate.js";
import { RUNTIME_PRIVILEGES } from "../../src/storage/postgres/schema/runtime-role.js";
import { recordingLog } from "../net/support/recording-log.js";
import { enrolTotp } from "../support/enrolment/enrolment.js";
import { startTestService } from "../support/service.js";
import { createTestDatabase } from "../support/stores/database.js";
import { createRole } from "../support/stores/roles.js";

test("the runtime role may add to the audit log and read it, and nothing else", async () => {
  await using database = await createTestDatabase();
  await using role = await createRole(database);
  await database.sql`grant all on all tables in schema public to ${database.sql(role.name)}`;
  await migrate(database, role.name);
  await migrate(database, role.name);
  const sql = postgres(role.urlOf(database.url), { max: 1, onnotice: () => undefined });
  try {
    const tables = ["mfa_audit_events", "mfa_audit_seals", "mfa_audit_events_default"];
    for (const table of tables) {
      for (const statement of [
        `update ${table} set key_id = 'x'`,
        `delete from ${table}`,
        `truncate ${table}`,
      ]) {
        await expect(sql.unsafe(statement), statement).rejects.toThrow(
          `permission denied for table ${table}`,
        );
      }
      await expect(sql.unsafe(`drop table ${table}`)).rejects.toThrow("must be owner");
      await expect(sql.unsafe(`alter table ${table} disable trigger all`)).rejects.toThrow("must be owner");
    }
    await expect(sql`create table mine (id int)`).rejects.toThrow("permission denied");
    await expect(sql`select * from mfa_audit_events_default`).rejects.toThrow("permission denied");
    expect(await sql`select * from mfa_audit_events`).toEqual([]);
  } finally {
    await sql.end();
  }
});

test("every table has its privileges listed, so that a new one is not forgotten", async () => {
  await using database = await createTestDatabase();
  const tables = await database.sql`
    select c.relname as name from pg_class c where c.relkind in ('r', 'p') and not c.relispartition
      and c.relnamespace = current_schema()::regnamespace order by c.relname`;
  expect(tables.map(({ name }) => String(name))).toEqual(Object.keys(RUNTIME_PRIVILEGES).sort());
});

test("the service serves as that role", async () => {
  await using other = await createTestDatabase();
  await using role = await createRole(other);
  await using service = await startTestService({
    databaseUrl: async (url) => {
      await migrate({ url }, role.name);
      return role.urlOf(url);
    },
  });
  const { client, clock } = service;
  const { userId, authenticator, backupCodes } = await enrolTotp(client, clock);
  const code = authenticator.code(clock.ms);
  expect((await client.verifyCode({ userId, code })).outcome.case).toBe("approved");
  const regenerated = await client.regenerateBackupCodes({ userId, code: backupCodes[0]! });
  expect(regenerated.outcome.case).toBe("backupCodes");
  clock.advance(30);
  const last = authenticator.code(clock.ms);
  expect((await client.disableMfa({ userId, code: last })).outcome.case).toBe("disabled");
});

test("a service that could change its own log says so", async () => {
  await using database = await createTestDatabase();
  await using role = await createRole(database);
  await migrate(database, role.name);
  for (const [url, warnings] of [
    [database.url, 1],
    [role.urlOf(database.url), 0],
  ] as const) {
    const log = recordingLog();
    await using own = openPostgres({ url, maxConnections: 1, timeLimitMs: 20_000 });
    await warnOfMutableLog(own, log);
    expect(log.lines).toHaveLength(warnings);
  }
});

test("a role that no right would bind is refused, and so is one that is not there", async () => {
  await using database = await createTestDatabase();
  await using member = await createRole(database);
  await expect(migrate(database, "postgres")).rejects.toThrow("owns the tables or is a superuser");
  await expect(migrate(database, "nobody")).rejects.toThrow("there is no role nobody");
  await database.sql`grant postgres to ${database.sql(member.name)}`;
  await expect(migrate(database, member.name)).rejects.toThrow("owns the tables or is a superuser");
});
