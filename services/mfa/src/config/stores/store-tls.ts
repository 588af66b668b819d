import { flag, type SettingsReader } from "@countersign/settings";
import { type PostgresAddress, postgresServers } from "../../storage/postgres/database/postgres-address.js";
import { type RedisAddress, redisTarget } from "../../storage/redis/client/redis-address.js";

export const STORE_TLS_SETTINGS = {
  ALLOW_CLEARTEXT_STORES: flag({
    default: false,
    doc: "Production may speak to Postgres and Redis beyond loopback without TLS, because a proxy or mesh encrypts.",
  }),
} as const;

/** Addresses by their variable, already validated. */
interface Addresses {
  readonly DATABASE_URL?: PostgresAddress | undefined;
  readonly MIGRATE_DATABASE_URL?: PostgresAddress | undefined;
  readonly REDIS_URL?: RedisAddress | undefined;
}

const LOOPBACK = /^(?:localhost|127(?:\.[0-9]{1,3}){3}|::1)$/i;

/**
 * Reports the stores that production would use in cleartext (OWASP ASVS 5.0, 12.3.1): an attacker on the network could read passwords and counters,
 * and forge answers. A proxy on this machine or a service mesh may provide TLS instead.
 */
export function requireStoreTls(
  reader: SettingsReader,
  production: boolean,
  { REDIS_URL: redis, ...databases }: Addresses,
): void {
  if (reader.read(STORE_TLS_SETTINGS).ALLOW_CLEARTEXT_STORES || !production) return;
  for (const [name, database] of Object.entries(databases)) {
    if (database !== undefined && isCleartextPostgres(database)) refuse(reader, name, "?sslmode=verify-full");
  }
  if (redis !== undefined && isCleartextRedis(redis)) refuse(reader, "REDIS_URL", "rediss");
}

function refuse(reader: SettingsReader, name: string, how: string): void {
  reader.report(
    name,
    `must ask for TLS in production (${how}), unless ALLOW_CLEARTEXT_STORES is true: a proxy or mesh then has to encrypt`,
  );
}

function isCleartextPostgres(address: PostgresAddress): boolean {
  return postgresServers(address).some(({ tls, host }) => tls === false && !LOOPBACK.test(host));
}

/** Sentinels and cluster nodes on this machine lead to servers on others. */
function isCleartextRedis(address: RedisAddress): boolean {
  const target = redisTarget(address);
  if (target.tls !== undefined) return false;
  return target.topology !== "single" || !LOOPBACK.test(target.server.host);
}
