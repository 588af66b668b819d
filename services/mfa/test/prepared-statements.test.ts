import { sql } from "drizzle-orm";
import { expect, test } from "vitest";
import type { UserId } from "../src/domain/user-id.js";
import { queryRows } from "../src/storage/postgres/database.js";
import { openPostgres } from "../src/storage/postgres/postgres-database.js";
import { readUsers } from "../src/storage/postgres/read-user.js";
import { openTestDatabase } from "./support/open-database.js";

test.each([
  { preparedStatements: true, named: ["from mfa_settings"] },
  { preparedStatements: false, named: [] },
])(
  "connections keep the statements of logins, and no other, if told to: $preparedStatements",
  async (told) => {
    await using owner = await openTestDatabase();
    const { preparedStatements } = told;
    await using database = openPostgres({
      url: owner.url,
      maxConnections: 1,
      timeLimitMs: 20_000,
      preparedStatements,
    });
    for (let read = 0; read < 3; read += 1) {
      await database.run((orm) => readUsers(orm, ["alice" as UserId]));
      await database.run((orm) => orm.execute(sql`select ${"other"}::text`));
    }
    // The driver asks for array types by itself, once a connection.
    const rows = await database.run((orm) =>
      queryRows<{ statement: string }>(
        orm,
        sql`select statement from pg_prepared_statements where statement not like ${"%typarray%"}`,
      ),
    );
    const found = rows.map(({ statement }) => /from mfa_settings/.exec(statement)?.[0] ?? statement);
    expect(found).toEqual(told.named);
  },
);
