import { readFileSync } from "node:fs";
import { loadServiceConfig, type ServiceConfig } from "../../../src/config/service-config.js";

type Stores = NonNullable<ServiceConfig["stores"]>;

/** The stores as these variables give them, by the service's own reading. */
export function storesOf(env: Readonly<Record<string, string>>): Stores {
  return followedStoresOf(env).stores;
}

/** With what reads their files again. */
export function followedStoresOf(
  env: Readonly<Record<string, string>>,
): Pick<ServiceConfig, "rereadStores"> & { readonly stores: Stores } {
  const others = { DATABASE_URL: "postgres://127.0.0.1/none", REDIS_URL: "redis://127.0.0.1" };
  const given = { ...("DATABASE_URL_FILE" in env ? {} : others), REDIS_URL: others.REDIS_URL, ...env };
  const loaded = loadServiceConfig(given, (path) => readFileSync(path, "utf8"));
  if (!loaded.ok || loaded.config.stores === undefined) throw new Error(JSON.stringify(loaded));
  const { stores, rereadStores } = loaded.config;
  return { stores, rereadStores };
}
