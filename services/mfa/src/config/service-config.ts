import { describeProblem, type SecurityWarning } from "@countersign/security-config";
import {
  createSettingsReader,
  type Environment,
  type ReadFile,
  type SettingsReader,
} from "@countersign/settings";
import type { DeliveryConfig } from "../delivery/delivery-config.js";
import type { NoticeRules } from "../domain/delivery/notice.js";
import type { SendLimits } from "../domain/send-quota/send-limit.js";
import type { TracingConfig } from "../telemetry/opentelemetry/tracing-config.js";
import { type CallerConfig, readCallerConfig } from "./callers/caller-config.js";
import { readDeliveryConfig } from "./delivery/delivery-config.js";
import { type KeyConfig, readKeyConfig } from "./keys/key-config.js";
import { type ConnectionConfig, readConnectionConfig } from "./listener/connection-config.js";
import { type ListenerConfig, readListenerConfig } from "./listener/listener-config.js";
import { readTlsConfig, type TlsConfig } from "./listener/tls-config.js";
import { type ProcessConfig, readProcessConfig } from "./process/process-config.js";
import { ownWarnings } from "./security/own-warnings.js";
import {
  readAmbient,
  readSecurity,
  SECURITY_SOURCE_SETTINGS,
  type SecuritySource,
} from "./security/security-source.js";
import { readNoticeRules } from "./sending/notice-rules.js";
import { readSendLimits } from "./sending/send-limits.js";
import { misspeltSettings } from "./settings/misspelt.js";
import type { StoreAddresses } from "./stores/store-addresses.js";
import { readStoreConfig, rereadStores, type StoreConfig } from "./stores/store-config.js";
import { readTracingConfig } from "./telemetry/tracing-config.js";

/** How this service runs. Each part is defined beside the table of its settings. */
export interface ServiceConfig extends ListenerConfig, StoreConfig, KeyConfig, ProcessConfig {
  /** The security policy that it enforces and serves. */
  readonly security: SecuritySource;
  readonly environment: "development" | "test" | "staging" | "production";
  readonly connections: ConnectionConfig;
  readonly tls: TlsConfig | undefined;
  /** Undefined only in development and test: every process on this machine may call. */
  readonly callers: CallerConfig | undefined;
  /** Rereads them, because files of passwords and authorities change. Throws ConfigurationError. Undefined: they do not change. */
  readonly rereadStores: (() => StoreAddresses) | undefined;
  /** The providers of codes. */
  readonly delivery: DeliveryConfig;
  /** How often codes may be sent. */
  readonly sendLimits: SendLimits;
  /** Which security notices users get. */
  readonly notices: NoticeRules;
  /** A database of countries in MaxMind's format, for geo-blocking. */
  readonly geoipDatabase: string | undefined;
  /** Where traces go. Undefined: there are none. */
  readonly tracing: TracingConfig | undefined;
}

export type LoadedServiceConfig =
  | { readonly ok: true; readonly config: ServiceConfig }
  /** Every problem found, each naming its variable and never its value. */
  | { readonly ok: false; readonly problems: readonly string[] };

/** Pure: reads nothing but what it is given. `readFile` serves the NAME_FILE variants. */
export function loadServiceConfig(env: Environment, readFile: ReadFile): LoadedServiceConfig {
  const security = readSecurity(env, readFile);
  const ambient = security.ok ? security.config.environment : readAmbient(env, readFile);
  const { environment } = ambient;
  const production = environment === "production";
  const newReader = () => createSettingsReader(env, { readFile, production });
  const reader = newReader();
  const tls = readTlsConfig(reader);
  const process = readProcessConfig(reader);
  const config: Omit<ServiceConfig, "security"> = {
    environment,
    ...readListenerConfig(reader),
    connections: readConnectionConfig(reader),
    tls,
    callers: readCallerConfig(reader, { certificates: tls?.clientCa !== undefined, ambient }),
    ...readStoreConfig(reader, production),
    rereadStores: () => rereadStores(newReader(), production),
    ...readKeyConfig(reader, ambient.encryptionKey?.reveal()),
    delivery: readDeliveryConfig(reader, environment === "development"),
    sendLimits: readSendLimits(reader),
    notices: readNoticeRules(reader),
    geoipDatabase: reader.read(SECURITY_SOURCE_SETTINGS).GEOIP_DATABASE,
    ...process,
    ...(process.testKit ? { dataDir: undefined } : {}),
    tracing: readTracingConfig(reader, process.build.version),
  };
  const geoBlocking = security.ok && security.config.ip.geoBlockingEnabled;
  checkTogether(reader, config, geoBlocking);
  const problems = [...reader.problems(), ...misspeltSettings(env)];
  if (!security.ok) return { ok: false, problems: [...security.problems.map(describeProblem), ...problems] };
  const source = { initial: security, read: () => readSecurity(env, readFile) };
  const loaded = { ...config, security: source };
  return problems.length > 0
    ? { ok: false, problems: [...fatalWarnings(loaded), ...problems] }
    : { ok: true, config: loaded };
}

/** Problems that concern several settings together. */
function checkTogether(
  reader: SettingsReader,
  config: Omit<ServiceConfig, "security">,
  geoBlocking: boolean,
): void {
  const { environment, callers, stores, host, admin, geoipDatabase, testKit, logFormat } = config;
  if (geoBlocking && geoipDatabase === undefined)
    reader.report("GEOIP_DATABASE", "is required with ip.geo_blocking_enabled");
  if (testKit && environment !== "development")
    reader.report("TEST_KIT", `is for development and must not be set in ${environment}`);
  if (testKit && stores !== undefined)
    reader.report("TEST_KIT", "moves the clock and must not be set with DATABASE_URL and REDIS_URL");
  if (callers === undefined && (environment === "production" || environment === "staging"))
    reader.report("CALLERS_FILE", `is required in ${environment}: without it no caller is admitted`);
  if (environment === "production" && logFormat === "pretty")
    reader.report("LOG_FORMAT", "must be json in production: programs read the log");
  if (stores === undefined && !(LOOPBACK.has(host) && LOOPBACK.has(admin.host))) {
    reader.report(
      "HOST",
      "and ADMIN_HOST must be loopback addresses while DATABASE_URL and REDIS_URL are not set",
    );
  }
}

/** What is unsafe in a valid configuration. */
export function configurationWarnings({
  security: { initial },
  keyRingDir,
}: Pick<ServiceConfig, "security" | "keyRingDir">): readonly SecurityWarning[] {
  return ownWarnings(initial.warnings, initial.config, keyRingDir !== undefined);
}

/** Why the service must not start although its configuration is valid. */
export function fatalWarnings(config: Pick<ServiceConfig, "security" | "keyRingDir">): readonly string[] {
  return configurationWarnings(config)
    .filter(({ fatal }) => fatal)
    .map(({ code, message }) => `${message} (${code})`);
}

const LOOPBACK: ReadonlySet<string> = new Set(["127.0.0.1", "::1", "localhost"]);
