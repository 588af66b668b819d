import { type PostgresAddress, postgresServers } from "../storage/postgres/database/postgres-address.js";
import { type RedisAddress, redisTarget } from "../storage/redis/client/redis-address.js";
import { AddressError } from "../storage/store-url.js";
import type { EnvironmentReader } from "./environment-reader.js";

/** Where both stores are. */
export interface StoreAddresses {
  readonly database: PostgresAddress;
  readonly redis: RedisAddress;
}

/**
 * Postgres as the variables of this prefix give it: DATABASE for those who serve, MIGRATE_DATABASE for the owner of the schema, who may go
 * there by another way. Reports what is wrong with it, by name and never by value.
 */
export function readPostgresAddress(
  reader: EnvironmentReader,
  prefix: "DATABASE" | "MIGRATE_DATABASE",
): PostgresAddress | undefined {
  const settings = {
    username: reader.text(`${prefix}_USERNAME`),
    password: reader.text(`${prefix}_PASSWORD`),
    ca: reader.text(`${prefix}_TLS_CA`),
  };
  const url = reader.text(`${prefix}_URL`);
  if (url === undefined) {
    requireNothing(reader, settings, prefix);
    return undefined;
  }
  return accepted(reader, `${prefix}_URL`, { url, ...settings }, postgresServers);
}

export function readRedisAddress(reader: EnvironmentReader): RedisAddress | undefined {
  const settings = {
    username: reader.text("REDIS_USERNAME"),
    password: reader.text("REDIS_PASSWORD"),
    sentinelUsername: reader.text("REDIS_SENTINEL_USERNAME"),
    sentinelPassword: reader.text("REDIS_SENTINEL_PASSWORD"),
    ca: reader.text("REDIS_TLS_CA"),
  };
  const url = reader.text("REDIS_URL");
  if (url === undefined) {
    requireNothing(reader, settings, "REDIS");
    return undefined;
  }
  return accepted(reader, "REDIS_URL", { url, ...settings }, redisTarget);
}

/** Settings of a store that is not named would be thought to hold. */
function requireNothing(reader: EnvironmentReader, settings: object, prefix: string): void {
  if (Object.values(settings).some((value) => value !== undefined))
    reader.report(`${prefix}_URL is required with its credentials and its certificate authority`);
}

function accepted<Address>(
  reader: EnvironmentReader,
  name: string,
  address: Address,
  understand: (address: Address) => unknown,
): Address | undefined {
  try {
    understand(address);
    return address;
  } catch (error) {
    if (!(error instanceof AddressError)) throw error;
    reader.report(`${name} ${error.message}`);
    return undefined;
  }
}
