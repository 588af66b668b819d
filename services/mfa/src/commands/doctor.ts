import type { ServiceConfig } from "../config/service-config.js";
import { RELOAD_INTERVAL_MS, type Reloads } from "../reload/reloads.js";
import { createLogger } from "../telemetry/log/logger.js";
import type { ProgramContext } from "./command-line/program-context.js";
import { checkCallers } from "./doctor/check-callers.js";
import { checkConfiguration } from "./doctor/check-configuration.js";
import { checkDelivery } from "./doctor/check-delivery.js";
import { checkKeys } from "./doctor/check-keys.js";
import { checkListener } from "./doctor/check-listener.js";
import { CHECK_NAMES, type CheckName } from "./doctor/check-name.js";
import { checkRedis } from "./doctor/check-redis.js";
import { checkServedPostgres } from "./doctor/check-served-postgres.js";
import { carryThrough } from "./findings/carry-through.js";
import { type Finding, type Findings, findingsOf } from "./findings/finding.js";
import { printFindings } from "./findings/print-findings.js";

export interface DoctorFlags {
  readonly json: boolean | undefined;
  /** Undefined: all of them. */
  readonly only: readonly CheckName[] | undefined;
}

/**
 * Checks, with the environment of `serve`, everything that a server needs, and prints the state of each with its remedy. Leaves nothing of what it
 * writes, and sends nothing. Exit codes: 0 nothing failed, 1 something did.
 */
export async function runDoctor(
  context: ProgramContext,
  { json, only = CHECK_NAMES }: DoctorFlags,
): Promise<number> {
  const findings = examine(await context.configs.service(), only);
  const { failed, fatal } = await printFindings(context, findings, {
    json,
    summary: (counts) =>
      `${counts.failed + counts.fatal} failed, ${counts.warning} to look at, ${counts.ok} in order`,
  });
  return failed + fatal > 0 ? 1 : 0;
}

async function* examine(config: ServiceConfig, only: readonly CheckName[]): AsyncIterable<Finding> {
  const checks = checksOf(config);
  for (const name of CHECK_NAMES)
    if (only.includes(name)) yield* carryThrough(name, checks[name](), "failed");
}

function checksOf(config: ServiceConfig): Readonly<Record<CheckName, () => Findings>> {
  const log = createLogger("silent");
  const reloads: Reloads = { log, observe: () => undefined, intervalMs: RELOAD_INTERVAL_MS };
  const { stores } = config;
  return {
    configuration: () => checkConfiguration(config),
    keys: () => checkKeys(config, log),
    postgres: () => (stores === undefined ? embedded("postgres") : checkServedPostgres(config, stores)),
    redis: () => (stores === undefined ? embedded("redis") : checkRedis(stores.redis, config)),
    callers: () => checkCallers(config, reloads),
    tls: () => checkListener(config, reloads),
    email: () => checkDelivery(config, "email"),
    sms: () => checkDelivery(config, "sms"),
  };
}

function embedded(store: "postgres" | "redis"): Findings {
  return [
    findingsOf(store).ok("not used: DATABASE_URL and REDIS_URL are not set, and the stores are embedded"),
  ];
}
