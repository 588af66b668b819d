import type { Deps } from "../app/dependencies/deps.js";
import type { ServiceConfig } from "../config/service-config.js";
import type { OwnedKeyRing } from "../crypto/key-ring.js";
import { openCountryDatabase } from "../geoip/open-country-database.js";
import type { Background } from "../jobs/background.js";
import { auditReloads } from "../policy/audit-reloads.js";
import { openSecurityPolicy } from "../policy/security-policy.js";
import type { Reloads } from "../reload/reloads.js";
import type { Closer } from "./closer.js";

interface SecurityParts {
  readonly deps: Deps;
  readonly keys: OwnedKeyRing;
  readonly background: Background;
  readonly reloads: Reloads;
  readonly closer: Closer;
}

/** Opens the security policy, and the country database for its address rules. */
export async function openSecurity(
  config: Pick<ServiceConfig, "security" | "geoipDatabase">,
  { deps, keys, background, reloads, closer }: SecurityParts,
) {
  const countries = closer.own(await openCountryDatabase(config.geoipDatabase, reloads));
  const security = closer.own(
    await openSecurityPolicy(config.security, {
      reloads,
      now: deps.now,
      countryOf: config.geoipDatabase === undefined ? undefined : (address) => countries.current()(address),
      activeKeyCreateTime: () => keys.current().keys[0]?.createTime,
      onReload: auditReloads({ ...deps, background }),
    }),
  );
  return { countries, security };
}
