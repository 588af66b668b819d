import { anyText, optionalText, type SettingsReader } from "@countersign/settings";
import { type PostgresAddress, postgresServers } from "../../storage/postgres/database/postgres-address.js";
import { type RedisAddress, redisTarget } from "../../storage/redis/client/redis-address.js";
import { AddressError } from "../../storage/store-url.js";

export const POSTGRES_SETTINGS = {
  DATABASE_URL: optionalText(anyText, {
    absent: "the embedded store",
    doc: "Postgres; required in production. How to write it: operations.md.",
    secret: true,
  }),
  DATABASE_USERNAME: optionalText(anyText, {
    absent: "the URL's",
    doc: "User of Postgres, if the URL names none.",
  }),
  DATABASE_PASSWORD: optionalText(anyText, {
    absent: "the URL's",
    doc: "Its password, if the URL has none; needs no percent-encoding.",
    secret: true,
  }),
  DATABASE_TLS_CA: optionalText(anyText, {
    absent: "Node's authorities",
    doc: "PEM of the authorities that sign the certificate of Postgres; for `sslmode=verify-full`.",
  }),
} as const;

/** The owner of the schema, for `migrate` and `audit maintain`: the settings of `POSTGRES_SETTINGS` for another role. */
export const MIGRATE_SETTINGS = {
  MIGRATE_DATABASE_URL: optionalText(anyText, {
    absent: "`DATABASE_URL`",
    doc: "Postgres as the owner of the schema, past any pooler.",
    secret: true,
  }),
  MIGRATE_DATABASE_USERNAME: optionalText(anyText, {
    absent: "the URL's",
    doc: "The owner, if that URL names none.",
  }),
  MIGRATE_DATABASE_PASSWORD: optionalText(anyText, {
    absent: "the URL's",
    doc: "Its password, if that URL has none; needs no percent-encoding.",
    secret: true,
  }),
  MIGRATE_DATABASE_TLS_CA: optionalText(anyText, {
    absent: "Node's authorities",
    doc: "PEM of the authorities that sign the certificate of that server.",
  }),
} as const;

export const REDIS_SETTINGS = {
  REDIS_URL: optionalText(anyText, {
    absent: "the embedded store",
    doc: "Redis; required in production. How to write it: operations.md.",
    secret: true,
  }),
  REDIS_USERNAME: optionalText(anyText, {
    absent: "the URL's",
    doc: "User of Redis, if the URL names none.",
  }),
  REDIS_PASSWORD: optionalText(anyText, {
    absent: "the URL's",
    doc: "Its password, if the URL has none; needs no percent-encoding.",
    secret: true,
  }),
  REDIS_SENTINEL_USERNAME: optionalText(anyText, {
    doc: "User of the Sentinels, which have users of their own.",
  }),
  REDIS_SENTINEL_PASSWORD: optionalText(anyText, { doc: "Its password.", secret: true }),
  REDIS_TLS_CA: optionalText(anyText, {
    absent: "Node's authorities",
    doc: "PEM of the authorities that sign the certificates of Redis and its Sentinels; for `rediss` URLs.",
  }),
} as const;

/** The addresses of both stores. */
export interface StoreAddresses {
  readonly database: PostgresAddress;
  readonly redis: RedisAddress;
}

/**
 * The address of Postgres from the variables of this prefix: DATABASE for servers, MIGRATE_DATABASE for the owner of the schema, who may use another
 * route. Reports problems by name, never by value.
 */
export function readPostgresAddress(
  reader: SettingsReader,
  prefix: "DATABASE" | "MIGRATE_DATABASE",
): PostgresAddress | undefined {
  const given = reader.read(POSTGRES_SETTINGS, { prefix: prefix === "DATABASE" ? "" : "MIGRATE_" });
  const settings = {
    username: given.DATABASE_USERNAME,
    password: given.DATABASE_PASSWORD,
    ca: given.DATABASE_TLS_CA,
  };
  const url = given.DATABASE_URL;
  if (url === undefined) {
    requireNothing(reader, settings, prefix);
    return undefined;
  }
  return accepted(reader, `${prefix}_URL`, { url, ...settings }, postgresServers);
}

export function readRedisAddress(reader: SettingsReader): RedisAddress | undefined {
  const given = reader.read(REDIS_SETTINGS);
  const settings = {
    username: given.REDIS_USERNAME,
    password: given.REDIS_PASSWORD,
    sentinelUsername: given.REDIS_SENTINEL_USERNAME,
    sentinelPassword: given.REDIS_SENTINEL_PASSWORD,
    ca: given.REDIS_TLS_CA,
  };
  const url = given.REDIS_URL;
  if (url === undefined) {
    requireNothing(reader, settings, "REDIS");
    return undefined;
  }
  return accepted(reader, "REDIS_URL", { url, ...settings }, redisTarget);
}

/** Settings of a store that is not configured would be ignored silently. */
function requireNothing(reader: SettingsReader, settings: object, prefix: string): void {
  if (Object.values(settings).some((value) => value !== undefined))
    reader.report(`${prefix}_URL`, "is required with its credentials and its certificate authority");
}

function accepted<Address>(
  reader: SettingsReader,
  name: string,
  address: Address,
  understand: (address: Address) => unknown,
): Address | undefined {
  try {
    understand(address);
    return address;
  } catch (error) {
    if (!(error instanceof AddressError)) throw error;
    reader.report(name, error.message);
    return undefined;
  }
}
