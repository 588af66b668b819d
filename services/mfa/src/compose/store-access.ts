import { ConfigurationError } from "../config/forms/configuration-error.js";
import type { StoreAddresses } from "../config/stores/store-addresses.js";
import { type Reloads, reporting } from "../reload/reloads.js";
import { type Watched, watch } from "../reload/watched.js";
import { postgresServers } from "../storage/postgres/database/postgres-address.js";
import { redisTarget } from "../storage/redis/client/redis-address.js";

/**
 * Watches the files with the addresses, passwords and certificate authorities of the stores. Only credentials and authorities may change: another
 * database could lack the replay counters of codes that were spent in this one.
 */
export function followStoreAccess(
  initial: StoreAddresses,
  read: () => StoreAddresses,
  { reloads, apply }: { readonly reloads: Reloads; readonly apply: (next: StoreAddresses) => void },
): Promise<Watched<StoreAddresses>> {
  return watch({
    read,
    parse(next) {
      if (placesOf(next) !== placesOf(initial))
        throw new ConfigurationError([
          "DATABASE_URL or REDIS_URL names other servers: restart to move, with the data",
        ]);
      return next;
    },
    intervalMs: reloads.intervalMs,
    ...reporting("stores", reloads, apply),
  });
}

/** The addresses of the stores, without credentials. */
function placesOf({ database, redis }: StoreAddresses): string {
  const servers = postgresServers(database).map(({ host, port, database: name, tls }) => [
    host,
    port,
    name,
    tls !== false,
  ]);
  const target = redisTarget(redis);
  const secrets = {
    username: undefined,
    password: undefined,
    sentinelUsername: undefined,
    sentinelPassword: undefined,
  };
  return JSON.stringify([servers, { ...target, ...secrets, tls: target.tls !== undefined }]);
}
