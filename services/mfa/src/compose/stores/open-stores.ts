import type { ServiceConfig } from "../../config/service-config.js";
import { openEmbeddedStores } from "./embedded-stores.js";
import { openNetworkedStores } from "./networked-stores.js";
import type { Stores, StoresWorld } from "./stores.js";

/** The stores that the configuration names, not yet connected: Postgres and Redis, or the embedded pair. */
export async function openStores(config: ServiceConfig, world: StoresWorld): Promise<Stores> {
  return config.stores === undefined
    ? openEmbeddedStores(config, world)
    : openNetworkedStores(config, config.stores, world);
}
