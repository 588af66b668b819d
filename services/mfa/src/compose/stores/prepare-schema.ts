import type { ServiceConfig } from "../../config/service-config.js";
import type { Database } from "../../storage/postgres/database/database.js";
import type { PostgresAddress } from "../../storage/postgres/database/postgres-address.js";
import { migrate } from "../../storage/postgres/schema/migrate.js";
import {
  readSchemaState,
  type SchemaState,
  whyUnusable,
} from "../../storage/postgres/schema/schema-state.js";

/** The schema's state, migrated first in development. Throws if it does not suit this program. */
export async function prepareSchema(
  database: Database,
  config: ServiceConfig,
  address: PostgresAddress,
): Promise<SchemaState> {
  const state = await readSchemaState(database);
  const { environment } = config;
  if (state.applied >= state.known || environment === "production" || environment === "staging") {
    return requireUsable(state);
  }
  return requireUsable(await migrate(address));
}

/** Throws with the problem. */
export function requireUsable(state: SchemaState): SchemaState {
  const problem = whyUnusable(state);
  if (problem !== undefined) throw new Error(problem);
  return state;
}
