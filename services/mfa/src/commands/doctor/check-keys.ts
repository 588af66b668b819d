import { securityWarnings } from "@countersign/security-config";
import type { Log } from "@countersign/telemetry-ports";
import type { ServiceConfig } from "../../config/service-config.js";
import { UNOBSERVED } from "../../crypto/crypto-observer.js";
import { openKeyRing } from "../../crypto/key-ring.js";
import { type Finding, findingsOf } from "./finding.js";

const { ok, warning } = findingsOf("keys");

/** Loads the ring as serving does, self-test included. Which keys the database still needs, `keys status` counts. */
export async function* checkKeys(config: ServiceConfig, log: Log): AsyncIterable<Finding> {
  if (config.keyRingDir === undefined && config.encryptionKey === undefined) {
    yield ok("development makes its own key at the first start and keeps it in DATA_DIR");
    return;
  }
  await using keys = await openKeyRing(config, { log, observer: UNOBSERVED });
  const [active, ...others] = keys.current().keys;
  yield ok(`${active?.id ?? "none"} is active, ${others.length} other(s)`);
  const state = { now: new Date(), activeKeyCreateTime: active?.createTime };
  for (const { code, message } of securityWarnings(config.security.initial.config, state)) {
    if (code === "ACTIVE_KEY_TOO_OLD") yield warning(`${message}: countersign keys rotate`);
  }
}
