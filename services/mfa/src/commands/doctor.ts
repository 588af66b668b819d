import type { ServiceConfig } from "../config/service-config.js";
import { RELOAD_INTERVAL_MS, type Reloads } from "../reload/reloads.js";
import { postgresServers } from "../storage/postgres/database/postgres-address.js";
import { openPostgres } from "../storage/postgres/database/postgres-database.js";
import { CONNECTIONS_BESIDE_LOGINS } from "../storage/postgres/database/postgres-pools.js";
import { createLogger } from "../telemetry/log/logger.js";
import type { ProgramContext } from "./command-line/program-context.js";
import { checkCallers } from "./doctor/check-callers.js";
import { checkConfiguration } from "./doctor/check-configuration.js";
import { checkDelivery } from "./doctor/check-delivery.js";
import { checkKeys } from "./doctor/check-keys.js";
import { checkListener } from "./doctor/check-listener.js";
import { checkPostgres } from "./doctor/check-postgres.js";
import { checkRedis } from "./doctor/check-redis.js";
import { explain } from "./doctor/explain.js";
import { type Check, type Finding, findingsOf } from "./doctor/finding.js";

/**
 * Checks, with the environment of `serve`, everything that a server needs, and prints the state of each with its remedy. Leaves nothing of what it
 * writes, and sends nothing. Exit codes: 0 nothing failed, 1 something did.
 */
export async function runDoctor({ configs, print }: ProgramContext): Promise<number> {
  const config = await configs.service();
  const counts = { ok: 0, warning: 0, failed: 0 };
  for (const [about, check] of Object.entries(checksOf(config))) {
    for await (const finding of carriedThrough(about, check)) {
      counts[finding.level] += 1;
      print(`${finding.level.padEnd(8)} ${finding.about.padEnd(14)} ${finding.text}`);
    }
  }
  print(`${counts.failed} failed, ${counts.warning} to look at, ${counts.ok} in order`);
  return counts.failed > 0 ? 1 : 0;
}

/** In the order in which a server needs them. */
function checksOf(config: ServiceConfig): Readonly<Record<string, Check>> {
  const log = createLogger("silent");
  const reloads: Reloads = { log, observe: () => undefined, intervalMs: RELOAD_INTERVAL_MS };
  return {
    configuration: () => checkConfiguration(config),
    keys: () => checkKeys(config, log),
    ...storeChecks(config),
    callers: () => checkCallers(config, reloads),
    tls: () => checkListener(config, reloads),
    delivery: () => checkDelivery(config),
  };
}

function storeChecks({ stores, ...config }: ServiceConfig): Readonly<Record<string, Check>> {
  if (stores === undefined) return {};
  return {
    async *postgres() {
      const { databaseTimeLimitMs: timeLimitMs } = config;
      await using database = openPostgres({ ...stores.database, maxConnections: 1, timeLimitMs });
      const [{ username }] = postgresServers(stores.database);
      yield* checkPostgres(database, config.databaseConnections + CONNECTIONS_BESIDE_LOGINS, username);
    },
    redis: () => checkRedis(stores.redis, config),
  };
}

/** A failed check must not hide the results of the others. */
async function* carriedThrough(about: string, check: Check): AsyncIterable<Finding> {
  try {
    yield* check();
  } catch (error) {
    for (const problem of explain(error)) yield findingsOf(about).failed(problem);
  }
}
