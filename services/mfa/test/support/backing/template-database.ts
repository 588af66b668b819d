import { randomBytes } from "node:crypto";
import postgres from "postgres";

/** The URL of another database on the same server. */
export function onSameServer(databaseUrl: string, database: string): string {
  const url = new URL(databaseUrl);
  url.pathname = `/${database}`;
  return url.href;
}

/** The clones of a template are named after it, so that the run that made it can drop what a crashed test left. */
export function cloneName(template: string): string {
  return `${template}_${randomBytes(6).toString("hex")}`;
}

/** Creates and migrates a database for others to clone; disposing of it drops it and all its clones. */
export async function createTemplate(
  serverUrl: string,
  migrate: (databaseUrl: string) => Promise<unknown>,
): Promise<AsyncDisposable & { url: string }> {
  const name = `countersign_test_${randomBytes(6).toString("hex")}`;
  const url = onSameServer(serverUrl, name);
  const drop = () => withAdmin(serverUrl, (sql) => dropAll(sql, name));
  await withAdmin(serverUrl, (sql) => sql`create database ${sql(name)}`);
  try {
    await migrate(url);
  } catch (error) {
    await drop();
    throw error;
  }
  return { url, [Symbol.asyncDispose]: drop };
}

async function dropAll(sql: postgres.Sql, prefix: string): Promise<void> {
  const databases = await sql<{ name: string }[]>`
    select datname as name from pg_database where starts_with(datname, ${prefix})`;
  for (const { name } of databases) await sql`drop database if exists ${sql(name)} with (force)`;
}

async function withAdmin(url: string, work: (sql: postgres.Sql) => Promise<unknown>): Promise<void> {
  const sql = postgres(url, { max: 1, onnotice: () => undefined });
  try {
    await work(sql);
  } finally {
    await sql.end();
  }
}
