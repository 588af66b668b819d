import { anyText, choice, integer, parsedForm, type SettingsReader, text } from "@countersign/settings";
import { parsed, problem } from "../../domain/parsed.js";
import { ConfigurationError } from "../forms/configuration-error.js";
import {
  POSTGRES_SETTINGS,
  REDIS_SETTINGS,
  readPostgresAddress,
  readRedisAddress,
  type StoreAddresses,
} from "./store-addresses.js";
import { requireStoreTls, STORE_TLS_SETTINGS } from "./store-tls.js";

const timeLimit = (limits: {
  readonly default: number;
  readonly min: number;
  readonly max: number;
  readonly doc: string;
}) => integer({ ...limits, unit: "milliseconds" });

/** Also read by commands that use only Postgres. */
export const DATABASE_TIME_LIMIT = {
  DB_TIMEOUT_MS: timeLimit({
    default: 3_000,
    min: 100,
    max: 30_000,
    doc: "Longest that one piece of work in Postgres may take.",
  }),
} as const;

export const DATA_DIR_SETTING = {
  DATA_DIR: text(anyText, { default: ".countersign", doc: "Folder of the embedded stores." }),
} as const;

const OWN_SETTINGS = {
  DB_POOL_MAX: integer({
    default: 10,
    min: 1,
    max: 100,
    doc: "Connections to Postgres of one process; it opens at most two more, for jobs and listings.",
  }),
  DB_PREPARED_STATEMENTS: choice(["auto", "true", "false"], {
    default: "auto",
    doc: "Named prepared statements. `auto` goes on without them once a pooler loses one.",
  }),
  ...DATABASE_TIME_LIMIT,
  DB_JOB_TIMEOUT_MS: timeLimit({
    default: 10_000,
    min: 100,
    max: 300_000,
    doc: "Longest that one job (sealing, metrics) or listing in Postgres may take; Postgres cancels it then.",
  }),
  REDIS_TIMEOUT_MS: timeLimit({
    default: 1_000,
    min: 50,
    max: 30_000,
    doc: "Longest that one command in Redis may take.",
  }),
  REDIS_KEY_PREFIX: text(
    // Braces in it would replace the user's hash tag, which decides the cluster node of a key.
    parsedForm({
      accepts: "text without braces",
      parse: (prefix) => (/[{}]/.test(prefix) ? problem("must not have braces in it") : parsed(prefix)),
    }),
    { default: "countersign:", doc: "What every key in Redis begins with." },
  ),
  ...DATA_DIR_SETTING,
} as const;

/** Every setting of the stores. */
export const STORE_SETTINGS = {
  ...POSTGRES_SETTINGS,
  ...REDIS_SETTINGS,
  ...STORE_TLS_SETTINGS,
  ...OWN_SETTINGS,
} as const;

/** The addresses of the stores, and their time limits. */
export interface StoreConfig {
  /** Undefined: the embedded default runs, PGlite and an in-memory attempt store in this one process. */
  readonly stores: StoreAddresses | undefined;
  /** Connections to Postgres for calls of users; jobs and listings have one more each. */
  readonly databaseConnections: number;
  /** Whether connections to Postgres keep prepared statements; see `openPostgres`. */
  readonly preparedStatements: "auto" | boolean;
  /** Time limit of one unit of work in Postgres, and of one command in Redis. */
  readonly databaseTimeLimitMs: number;
  readonly redisTimeLimitMs: number;
  /** Time limit of one job and of one listing in Postgres. */
  readonly jobTimeLimitMs: number;
  readonly redisKeyPrefix: string;
  /** Where the embedded default keeps its files. Undefined: in memory only, lost at the end. */
  readonly dataDir: string | undefined;
}

export function readStoreConfig(reader: SettingsReader, production: boolean): StoreConfig {
  const given = reader.read(OWN_SETTINGS);
  const prepared = given.DB_PREPARED_STATEMENTS;
  return {
    stores: readStores(reader, production),
    databaseConnections: given.DB_POOL_MAX,
    preparedStatements: prepared === "auto" ? prepared : prepared === "true",
    databaseTimeLimitMs: given.DB_TIMEOUT_MS,
    jobTimeLimitMs: given.DB_JOB_TIMEOUT_MS,
    redisTimeLimitMs: given.REDIS_TIMEOUT_MS,
    redisKeyPrefix: given.REDIS_KEY_PREFIX,
    dataDir: given.DATA_DIR,
  };
}

/** The addresses as they are now. Throws ConfigurationError. */
export function rereadStores(reader: SettingsReader, production: boolean): StoreAddresses {
  const stores = readStores(reader, production);
  const problems = reader.problems();
  if (stores === undefined || problems.length > 0) throw new ConfigurationError(problems);
  return stores;
}

/** Both or neither: with durable settings and attempts counted per process, each replica would grant its own guesses. */
function readStores(reader: SettingsReader, production: boolean): StoreAddresses | undefined {
  const database = readPostgresAddress(reader, "DATABASE");
  const redis = readRedisAddress(reader);
  requireStoreTls(reader, production, { DATABASE_URL: database, REDIS_URL: redis });
  if (database !== undefined && redis !== undefined) return { database, redis };
  const missing = database === undefined ? "DATABASE_URL" : "REDIS_URL";
  const other = database ?? redis;
  if (production || other !== undefined) {
    reader.report(missing, `is required ${production ? "in production" : "with the other store's address"}`);
  }
  return undefined;
}
