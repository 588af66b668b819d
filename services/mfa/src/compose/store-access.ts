import { ConfigurationError } from "../config/forms/configuration-error.js";
import type { ServiceConfig } from "../config/service-config.js";
import type { StoreAddresses } from "../config/stores/store-addresses.js";
import { type Reloads, reporting } from "../reload/reloads.js";
import { type Watched, watch } from "../reload/watched.js";
import { postgresServers } from "../storage/postgres/database/postgres-address.js";
import { redisTarget } from "../storage/redis/client/redis-address.js";
import type { Closer } from "./closer.js";

interface StoreAccessParts {
  readonly closer: Closer;
  readonly reloads: Reloads;
  readonly apply: (next: StoreAddresses) => void;
}

/**
 * Follows the files that hold the addresses, passwords and authorities of the stores, if there are any. Only what lets this process in may change: another database
 * could lack the marks of codes that were spent in this one.
 */
export async function followStoreAccess(
  { stores: initial, rereadStores: read }: Pick<ServiceConfig, "stores" | "rereadStores">,
  { closer, reloads, apply }: StoreAccessParts,
): Promise<Watched<StoreAddresses> | undefined> {
  if (initial === undefined || read === undefined) return undefined;
  const watched = await watch({
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
  return closer.own(watched);
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
