import postgres from "postgres";
import { inject } from "vitest";
import "../backing/provided.js";
import { cloneName, onSameServer } from "../backing/template-database.js";

/** A migrated database of the caller's own. */
export interface TestDatabase extends AsyncDisposable {
  /** With a user that owns the database. */
  readonly url: string;
  /** For tests to look at and break what the service stored. */
  readonly sql: postgres.Sql;
}

/** One without a schema. */
export async function createEmptyDatabase(): Promise<TestDatabase> {
  const database = await createTestDatabase();
  await database.sql.unsafe("drop schema public cascade; create schema public");
  return database;
}

/** Clones the migrated template, in about a tenth of a second; disposing of the clone drops it, connected clients or not. */
export async function createTestDatabase(): Promise<TestDatabase> {
  const templateUrl = inject("templateDatabaseUrl");
  const template = new URL(templateUrl).pathname.slice(1);
  const name = cloneName(template);
  const admin = postgres(onSameServer(templateUrl, "postgres"), { max: 1, onnotice: () => undefined });
  await admin`create database ${admin(name)} template ${admin(template)}`;
  const url = onSameServer(templateUrl, name);
  const sql = postgres(url, { max: 4, onnotice: () => undefined });
  return {
    url,
    sql,
    async [Symbol.asyncDispose]() {
      await sql.end({ timeout: 1 });
      await admin`drop database ${admin(name)} with (force)`;
      await admin.end();
    },
  };
}
