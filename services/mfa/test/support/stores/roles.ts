import { randomBytes } from "node:crypto";
import type { TestDatabase } from "./database.js";

export interface TestRole extends AsyncDisposable {
  readonly name: string;
  /** A database's URL with this role's credentials. */
  urlOf(databaseUrl: string): string;
}

/** A role that can log in and owns nothing. Roles are the server's, not the database's: disposing of it drops it. */
export async function createRole({ sql }: Pick<TestDatabase, "sql">): Promise<TestRole> {
  const name = `app_${randomBytes(6).toString("hex")}`;
  const password = randomBytes(12).toString("hex");
  await sql`create role ${sql(name)} login password ${sql.unsafe(`'${password}'`)}`;
  return {
    name,
    urlOf(databaseUrl) {
      const url = new URL(databaseUrl);
      url.username = name;
      url.password = password;
      return url.href;
    },
    async [Symbol.asyncDispose]() {
      await sql`drop owned by ${sql(name)}`;
      await sql`drop role ${sql(name)}`;
    },
  };
}
