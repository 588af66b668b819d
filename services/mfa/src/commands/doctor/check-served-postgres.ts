import type { ServiceConfig } from "../../config/service-config.js";
import { explainPostgresFault } from "../../storage/postgres/database/explain-fault.js";
import { postgresServers } from "../../storage/postgres/database/postgres-address.js";
import { openPostgres } from "../../storage/postgres/database/postgres-database.js";
import { CONNECTIONS_BESIDE_LOGINS } from "../../storage/postgres/database/postgres-pools.js";
import { NO_ANSWER } from "../../storage/store-condition.js";
import { type Finding, findingsOf } from "../findings/finding.js";
import { checkPostgres } from "./check-postgres.js";

/** Connects as a server does, and checks the database. */
export async function* checkServedPostgres(
  { databaseTimeLimitMs: timeLimitMs, databaseConnections }: ServiceConfig,
  { database: address }: NonNullable<ServiceConfig["stores"]>,
): AsyncIterable<Finding> {
  await using database = openPostgres({ ...address, maxConnections: 1, timeLimitMs });
  const [{ username }] = postgresServers(address);
  try {
    yield* checkPostgres(database, databaseConnections + CONNECTIONS_BESIDE_LOGINS, username);
  } catch (error) {
    const why = explainPostgresFault(error, username)?.why ?? NO_ANSWER;
    // The error itself says more than that.
    if (why === NO_ANSWER) throw error;
    yield findingsOf("postgres").failed(why);
  }
}
