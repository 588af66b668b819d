import { onSameServer } from "@countersign/mfa/backing/template-database";
import { migrate } from "@countersign/mfa/testing/set-up";
import postgres from "postgres";
import type { Backing } from "../backing.js";
import { ENCRYPTION_KEY } from "../servers/started-server.js";
import { activeUsers } from "./bench-user.js";
import { seedUsers } from "./seed-users.js";

/** A migrated database with enrolled users. */
export interface BenchDatabase {
  readonly url: string;
  readonly totalUsers: number;
  /** The users that log in. */
  readonly active: readonly number[];
}

/** Enough that a user logs in once per time step and a run never waits for the next. */
const MOST_ACTIVE = 10_000;
/** Base-2 logarithm of scrypt's cost, as the service's own default. */
const BACKUP_CODE_LOG_N = 14;

export async function createBenchDatabase(backing: Backing, totalUsers: number): Promise<BenchDatabase> {
  const url = await createEmptyDatabase(backing, `bench_${totalUsers}`);
  await migrate({ url });
  const active = activeUsers(totalUsers, MOST_ACTIVE);
  const sql = postgres(url, { max: 1, onnotice: () => undefined });
  await seedUsers(sql, { total: totalUsers, active, encryptionKey: ENCRYPTION_KEY, logN: BACKUP_CODE_LOG_N });
  await sql.end();
  return { url, totalUsers, active };
}

/** The address of a new database. */
export async function createEmptyDatabase(backing: Backing, name: string): Promise<string> {
  const admin = postgres(backing.databaseUrl, { max: 1, onnotice: () => undefined });
  await admin`create database ${admin(name)}`;
  await admin.end();
  return onSameServer(backing.databaseUrl, name);
}
