import { describeProblem, type ReadFile } from "@countersign/security-config";
import { type DeliveryConfig, readDeliveryConfig } from "../delivery/config/delivery-config.js";
import type { NoticeRules } from "../domain/delivery/notice.js";
import type { SendLimits } from "../domain/send-quota/send-limit.js";
import { type AdminConfig, readAdminConfig } from "./admin-config.js";
import { type CallerConfig, readCallerConfig } from "./caller-config.js";
import { ConfigurationError } from "./configuration-error.js";
import { type ConnectionConfig, readConnectionConfig } from "./connection-config.js";
import { type EnvironmentReader, readEnvironment } from "./environment-reader.js";
import { readNoticeRules } from "./notice-rules.js";
import { readAmbient, readSecurity, type SecuritySource } from "./security-source.js";
import { readSendLimits } from "./send-limits.js";
import { readPostgresAddress, readRedisAddress, type StoreAddresses } from "./store-addresses.js";
import { requireStoreTls } from "./store-tls.js";
import { readTlsConfig, type TlsConfig } from "./tls-config.js";
import { readTracingConfig, type TracingConfig } from "./tracing-config.js";

/** How this service runs. */
export interface ServiceConfig {
  /** The security policy that it enforces and serves. */
  readonly security: SecuritySource;
  readonly environment: "development" | "test" | "staging" | "production";
  readonly host: string;
  /** 0 picks a free one. */
  readonly port: number;
  readonly adminPort: number;
  readonly admin: AdminConfig;
  readonly connections: ConnectionConfig;
  readonly tls: TlsConfig | undefined;
  /** Undefined, in development and test only: every process on this machine may call. */
  readonly callers: CallerConfig | undefined;
  /** Undefined: the embedded default runs, PGlite and an in-memory attempt store in this one process. */
  readonly stores: StoreAddresses | undefined;
  /** Reads them anew: files of passwords and authorities change. Throws ConfigurationError. Undefined: they stay as they are. */
  readonly rereadStores: (() => StoreAddresses) | undefined;
  /** Connections to Postgres for all that users wait for; jobs and listings have one more each. */
  readonly databaseConnections: number;
  /** Whether connections to Postgres keep prepared statements; see `openPostgres`. */
  readonly preparedStatements: "auto" | boolean;
  /** Longest one piece of work in Postgres, and one command in Redis, may take. */
  readonly databaseTimeLimitMs: number;
  readonly redisTimeLimitMs: number;
  /** Longest one job and one listing may take in Postgres. */
  readonly jobTimeLimitMs: number;
  readonly redisKeyPrefix: string;
  /** Where the embedded default keeps its files. Undefined: nowhere, everything is gone at the end. */
  readonly dataDir: string | undefined;
  /** The security configuration's, in the clear. With neither this nor `keyRingDir`, development generates a key and keeps it in `dataDir`. */
  readonly encryptionKey: string | undefined;
  /** A folder of key files, which is looked at again every `keyReloadIntervalMs`. */
  readonly keyRingDir: string | undefined;
  readonly keyReloadIntervalMs: number;
  /** Who sends codes. */
  readonly delivery: DeliveryConfig;
  /** How often codes may be sent. */
  readonly sendLimits: SendLimits;
  /** What users are told unasked. */
  readonly notices: NoticeRules;
  /** How often this process seals what of the audit log is not sealed yet. 0: never. */
  readonly auditSealIntervalMs: number;
  /** How far this host's clock may be from both stores' clocks. 0: any distance. */
  readonly clockSkewLimitSeconds: number;
  /** A database of countries in MaxMind's format, for geo-blocking. */
  readonly geoipDatabase: string | undefined;
  readonly logLevel: "debug" | "info" | "warn" | "error" | "silent";
  /** Which build this is, as its image says. */
  readonly build: { readonly version: string; readonly revision: string };
  /** Where traces go. Undefined: there are none. */
  readonly tracing: TracingConfig | undefined;
  /** Whether callers may ask which services are served. */
  readonly reflection: boolean;
  /** After SIGTERM: how long to go on serving while load balancers learn of it, then how long calls under way may take. */
  readonly drainDelayMs: number;
  readonly shutdownTimeoutMs: number;
}

export type LoadedServiceConfig =
  | { readonly ok: true; readonly config: ServiceConfig }
  /** Every problem found, each naming its variable and never its value. */
  | { readonly ok: false; readonly problems: readonly string[] };

/** Pure: reads nothing but what it is given. `readFile` serves the NAME_FILE variants. */
export function loadServiceConfig(
  env: Readonly<Record<string, string | undefined>>,
  readFile: ReadFile,
): LoadedServiceConfig {
  const reader = readEnvironment(env, readFile);
  const security = readSecurity(env, readFile);
  const ambient = security.ok ? security.config.environment : readAmbient(env, readFile);
  const { environment } = ambient;
  const production = environment === "production";
  const host = reader.text("HOST") ?? "127.0.0.1";
  const tls = readTlsConfig(reader);
  const delivery = readDeliveryConfig(env, { development: environment === "development", readFile });
  if (!delivery.ok) for (const { name, problem } of delivery.problems) reader.report(`${name} ${problem}`);
  const config: Omit<ServiceConfig, "delivery" | "security"> = {
    environment,
    host,
    port: reader.integer("PORT", { min: 0, max: 65_535, default: 50_051 }),
    admin: readAdminConfig(reader, host),
    connections: readConnectionConfig(reader),
    adminPort: reader.integer("ADMIN_PORT", { min: 0, max: 65_535, default: 9_090 }),
    tls,
    callers: readCallerConfig(reader, { certificates: tls?.clientCa !== undefined, ambient }),
    stores: readStores(reader, production),
    rereadStores: () => rereadStores(readEnvironment(env, readFile), production),
    databaseConnections: reader.integer("DB_POOL_MAX", { min: 1, max: 100, default: 10 }),
    preparedStatements: readPreparedStatements(reader),
    databaseTimeLimitMs: reader.integer("DB_TIMEOUT_MS", { min: 100, max: 30_000, default: 3_000 }),
    jobTimeLimitMs: reader.integer("DB_JOB_TIMEOUT_MS", { min: 100, max: 300_000, default: 10_000 }),
    redisTimeLimitMs: reader.integer("REDIS_TIMEOUT_MS", { min: 50, max: 30_000, default: 1_000 }),
    redisKeyPrefix: readKeyPrefix(reader),
    dataDir: reader.text("DATA_DIR") ?? ".countersign",
    encryptionKey: ambient.encryptionKey?.reveal(),
    keyRingDir: reader.text("KEY_RING_DIR"),
    keyReloadIntervalMs: reader.integer("KEY_RELOAD_INTERVAL_MS", {
      min: 10,
      max: 300_000,
      default: 10_000,
    }),
    sendLimits: readSendLimits(reader),
    notices: readNoticeRules(reader),
    auditSealIntervalMs:
      1_000 * reader.integer("AUDIT_SEAL_INTERVAL_SECONDS", { min: 0, max: 600, default: 60 }),
    geoipDatabase: reader.text("GEOIP_DATABASE"),
    clockSkewLimitSeconds: reader.integer("CLOCK_SKEW_LIMIT_SECONDS", { min: 0, max: 60, default: 5 }),
    logLevel: reader.choice("LOG_LEVEL", ["debug", "info", "warn", "error", "silent"], "info"),
    build: {
      version: reader.text("COUNTERSIGN_VERSION") ?? "unknown",
      revision: reader.text("COUNTERSIGN_REVISION") ?? "unknown",
    },
    tracing: readTracingConfig(reader),
    reflection: reader.flag("REFLECTION", !production),
    drainDelayMs: reader.integer("DRAIN_DELAY_MS", { min: 0, max: 60_000, default: production ? 5_000 : 0 }),
    shutdownTimeoutMs: reader.integer("SHUTDOWN_TIMEOUT_MS", { min: 0, max: 300_000, default: 20_000 }),
  };
  checkKeySource(reader, config);
  if (security.ok && security.config.ip.geoBlockingEnabled && config.geoipDatabase === undefined) {
    reader.report("GEOIP_DATABASE is required with ip.geo_blocking_enabled");
  }
  if (config.callers === undefined && (production || environment === "staging")) {
    reader.report(`CALLERS_FILE is required in ${environment}: nobody may call without it`);
  }
  if (config.stores === undefined && !(LOOPBACK.has(config.host) && LOOPBACK.has(config.admin.host))) {
    reader.report(
      "HOST and ADMIN_HOST must be loopback addresses while DATABASE_URL and REDIS_URL are not set",
    );
  }
  const problems = reader.problems();
  if (!security.ok) return { ok: false, problems: [...security.problems.map(describeProblem), ...problems] };
  const source = { initial: security, read: () => readSecurity(env, readFile) };
  if (!delivery.ok || problems.length > 0) {
    return { ok: false, problems: [...fatalWarnings({ ...config, security: source }), ...problems] };
  }
  return { ok: true, config: { ...config, delivery: delivery.config, security: source } };
}

/** Why the service must not start although its configuration is valid. A folder of keys stands for ENCRYPTION_KEY. */
export function fatalWarnings(config: Pick<ServiceConfig, "security" | "keyRingDir">): readonly string[] {
  return config.security.initial.warnings
    .filter(
      ({ fatal, code }) => fatal && !(code === "ENCRYPTION_KEY_MISSING" && config.keyRingDir !== undefined),
    )
    .map(({ code, message }) => `${message} (${code})`);
}

/** Braces in it would decide which node of a cluster has a key, in place of the user's own. */
function readKeyPrefix(reader: EnvironmentReader): string {
  const prefix = reader.text("REDIS_KEY_PREFIX") ?? "countersign:";
  if (/[{}]/.test(prefix)) reader.report("REDIS_KEY_PREFIX must not have braces in it");
  return prefix;
}

/** One source: with two it would be chance which key seals. */
function checkKeySource(
  reader: EnvironmentReader,
  { encryptionKey, keyRingDir }: Pick<ServiceConfig, "encryptionKey" | "keyRingDir">,
): void {
  if (encryptionKey !== undefined && keyRingDir !== undefined)
    reader.report("KEY_RING_DIR and ENCRYPTION_KEY are both set: keep one");
}

function readPreparedStatements(reader: EnvironmentReader): "auto" | boolean {
  const chosen = reader.choice("DB_PREPARED_STATEMENTS", ["auto", "true", "false"], "auto");
  return chosen === "auto" ? chosen : chosen === "true";
}

const LOOPBACK: ReadonlySet<string> = new Set(["127.0.0.1", "::1", "localhost"]);

function rereadStores(reader: EnvironmentReader, production: boolean): StoreAddresses {
  const stores = readStores(reader, production);
  const problems = reader.problems();
  if (stores === undefined || problems.length > 0) throw new ConfigurationError(problems);
  return stores;
}

/** Both or neither: durable settings with attempts counted in one process would let each replica grant its own guesses. */
function readStores(reader: EnvironmentReader, production: boolean): ServiceConfig["stores"] {
  const database = readPostgresAddress(reader, "DATABASE");
  const redis = readRedisAddress(reader);
  requireStoreTls(reader, production, { DATABASE_URL: database, REDIS_URL: redis });
  if (database !== undefined && redis !== undefined) return { database, redis };
  const missing = database === undefined ? "DATABASE_URL" : "REDIS_URL";
  const other = database ?? redis;
  if (production || other !== undefined) {
    reader.report(
      `${missing} is required ${production ? "in production" : "with the other store's address"}`,
    );
  }
  return undefined;
}
