import type { KeyRing } from "@countersign/field-crypto";
import { securityWarnings } from "@countersign/security-config";
import type { Log } from "@countersign/telemetry-ports";
import type { KeyConfig } from "../../config/keys/key-config.js";
import type { ServiceConfig } from "../../config/service-config.js";
import { UNOBSERVED } from "../../crypto/crypto-observer.js";
import { openKeyRing } from "../../crypto/key-ring.js";
import type { PostgresAddress } from "../../storage/postgres/database/postgres-address.js";
import { openPostgres } from "../../storage/postgres/database/postgres-database.js";
import { findLackingKeys, missingKey } from "../../storage/postgres/keys/keys-in-use.js";
import { type Finding, findingsOf } from "../findings/finding.js";

const { ok, warning, failed } = findingsOf("keys");

/** Without stores there is no database to compare the ring with. */
type KeyedConfig = KeyConfig &
  Pick<ServiceConfig, "environment" | "dataDir" | "security" | "stores" | "databaseTimeLimitMs">;

/** Loads the ring as `serve` does, including the self-test, and compares it with the database. `keys status` counts the rows that need each key. */
export async function* checkKeys(config: KeyedConfig, log: Log): AsyncIterable<Finding> {
  if (config.keyRingDir === undefined && config.encryptionKey === undefined) {
    // Production without keys is a finding about the configuration.
    if (config.environment !== "production")
      yield ok("development makes its own key at the first start and keeps it in DATA_DIR");
    return;
  }
  await using keys = await openKeyRing(config, { log, observer: UNOBSERVED });
  const [active, ...others] = keys.current().keys;
  yield ok(`${active?.id ?? "none"} is active, ${others.length} other(s)`);
  const state = { now: new Date(), activeKeyCreateTime: active?.createTime };
  for (const { code, message } of securityWarnings(config.security.initial.config, state)) {
    if (code === "ACTIVE_KEY_TOO_OLD") yield warning(message, "countersign keys rotate");
  }
  if (config.stores !== undefined) yield* againstDatabase(config, config.stores.database, keys.current());
}

/** No finding if the database cannot be asked: that is reported for Postgres. */
async function* againstDatabase(
  { databaseTimeLimitMs: timeLimitMs }: KeyedConfig,
  address: PostgresAddress,
  ring: KeyRing,
): AsyncIterable<Finding> {
  await using database = openPostgres({ ...address, maxConnections: 1, timeLimitMs });
  const lacking = await database
    .run((orm) => findLackingKeys(orm, ring.ids("field-encryption")))
    .catch(() => undefined);
  if (lacking === undefined) return;
  for (const { why, remedy } of lacking.missing.map(missingKey)) yield failed(why, remedy);
  if (lacking.missing.length === 0) yield ok("every key that the database needs is present");
}
