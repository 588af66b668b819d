import { readFileSync } from "node:fs";
import { loadServiceConfig, type ServiceConfig } from "../../../src/config/service-config.js";

/** The stores as these variables give them, by the service's own reading. */
export function storesOf(env: Readonly<Record<string, string>>): NonNullable<ServiceConfig["stores"]> {
  const others = { DATABASE_URL: "postgres://127.0.0.1/none", REDIS_URL: "redis://127.0.0.1" };
  const loaded = loadServiceConfig({ ...others, ...env }, (path) => readFileSync(path, "utf8"));
  if (!loaded.ok || loaded.config.stores === undefined) throw new Error(JSON.stringify(loaded));
  return loaded.config.stores;
}
