import { sql } from "drizzle-orm";
import { expect, test } from "vitest";
import type { UserId } from "../../src/domain/user-id.js";
import { type Database, queryRows } from "../../src/storage/postgres/database/database.js";
import type { PreparedStatements } from "../../src/storage/postgres/database/named-statements.js";
import { openPostgres } from "../../src/storage/postgres/database/postgres-database.js";
import { readUsers } from "../../src/storage/postgres/enrolment/read-user.js";
import type { TestDatabase } from "../support/stores/database.js";
import { openTestDatabase } from "../support/stores/open-database.js";

const USERS = Array.from({ length: 20 }, (_, n) => `user-${n}` as UserId);

async function addUsers(database: Pick<TestDatabase, "sql">): Promise<void> {
  await database.sql`
    insert into mfa_settings (user_id, is_enabled, created_at, updated_at)
    select user_id, true, now(), now() from jsonb_array_elements_text(${JSON.stringify(USERS)}::text::jsonb) user_id`;
}

interface Opened extends Database {
  /** How often it was told that a pooler loses statements. */
  readonly lost: () => number;
}

/** One connection, which statements share. */
function open(url: string, preparedStatements?: PreparedStatements): Opened {
  let lost = 0;
  const onStatementsLost = () => {
    lost += 1;
  };
  const shape = { maxConnections: 1, timeLimitMs: 5_000 };
  const database = openPostgres({
    url,
    ...shape,
    ...(preparedStatements !== undefined && { preparedStatements }),
    onStatementsLost,
  });
  return Object.assign(database, { lost: () => lost });
}

const read = (database: Database, userId: UserId) =>
  database.run(async (orm) => [...(await readUsers(orm, [userId])).keys()]);

async function namedStatements(database: Database): Promise<string[]> {
  const rows = await database.run((orm) =>
    queryRows<{ statement: string }>(orm, sql.raw("select statement from pg_prepared_statements")),
  );
  return rows.map(({ statement }) => /from mfa_settings/.exec(statement)?.[0] ?? statement);
}

test.each([
  { told: undefined, named: ["from mfa_settings"] },
  { told: "auto", named: ["from mfa_settings"] },
  { told: true, named: ["from mfa_settings"] },
  { told: false, named: [] },
] as const)(
  "connections keep the statements of logins, and no other, if told to: $told",
  async ({ told, named }) => {
    await using owner = await openTestDatabase();
    await using database = open(owner.url, told);
    for (let each = 0; each < 3; each += 1) {
      await read(database, USERS[0]!);
      await database.run((orm) => orm.execute(sql`select ${"other"}::text`));
    }
    expect(await namedStatements(database)).toEqual(named);
    expect(database.lost()).toBe(0);
  },
);

test.each([
  { told: "auto", named: [], lost: 1 },
  { told: true, named: ["from mfa_settings"], lost: 0 },
] as const)(
  "statements that the server lost are repeated, each with its own rows, told $told",
  async ({ told, named, lost }) => {
    await using owner = await openTestDatabase();
    await addUsers(owner);
    await using database = open(owner.url, told);
    await read(database, USERS[0]!);
    await database.run((orm) => orm.execute(sql.raw("deallocate all")));
    const answers = await Promise.all(USERS.map((userId) => read(database, userId)));
    expect(answers).toEqual(USERS.map((userId) => [userId]));
    // Those that waited had their names already.
    await database.run((orm) => orm.execute(sql.raw("deallocate all")));
    for (const userId of USERS) expect(await read(database, userId)).toEqual([userId]);
    expect([database.lost(), await namedStatements(database)]).toEqual([lost, named]);
  },
);

test("a statement whose plan no longer fits the schema is repeated, and stays named", async () => {
  await using owner = await openTestDatabase();
  await addUsers(owner);
  await using database = open(owner.url);
  expect(await read(database, USERS[0]!)).toEqual([USERS[0]]);
  await owner.sql`alter table mfa_settings alter column preferred_method type varchar(100)`;
  const answers = await Promise.all(USERS.map((userId) => read(database, userId)));
  expect(answers).toEqual(USERS.map((userId) => [userId]));
  await read(database, USERS[0]!);
  // The one before stays until the connection ends.
  expect([database.lost(), new Set(await namedStatements(database))]).toEqual([
    0,
    new Set(["from mfa_settings"]),
  ]);
});

test("an error of another kind is not repeated", async () => {
  await using owner = await openTestDatabase();
  await using database = open(owner.url);
  await read(database, USERS[0]!);
  await owner.sql`alter table mfa_settings rename to mfa_settings_away`;
  await expect(read(database, USERS[0]!)).rejects.toMatchObject({ cause: { code: "42P01" } });
  expect(database.lost()).toBe(0);
});
