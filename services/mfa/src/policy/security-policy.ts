import type { BrowserPolicy } from "@countersign/rpc-server";
import {
  describeProblem,
  describeSecurityConfig,
  type LoadedSecurityConfig,
  type SecurityConfig,
  type SecurityWarning,
  securityWarnings,
} from "@countersign/security-config";
import { ConfigurationError } from "../config/forms/configuration-error.js";
import { ownWarnings } from "../config/security/own-warnings.js";
import type { SecuritySource } from "../config/security/security-source.js";
import { type AddressRules, createAddressRules } from "../domain/policy/address-rules.js";
import type { MfaPolicy } from "../domain/policy/mfa-policy.js";
import { type Reloads, reporting } from "../reload/reloads.js";
import { type Watched, watch } from "../reload/watched.js";
import { callerLimits } from "./caller-limits.js";
import { mfaPolicy } from "./mfa-policy.js";

/** The current security policy. Read it for every call: a reload replaces it. */
export interface OwnedSecurityPolicy extends AsyncDisposable {
  readonly config: () => SecurityConfig;
  readonly mfa: () => MfaPolicy;
  readonly callerLimits: () => ReturnType<typeof callerLimits>;
  readonly addresses: () => AddressRules;
  readonly browsers: () => BrowserPolicy;
  /** As of now: the active key ages. */
  readonly warnings: () => readonly SecurityWarning[];
  /** Rereads the policy now. An invalid one leaves the current policy unchanged. */
  readonly reload: () => Promise<void>;
}

export interface SecurityPolicyWorld {
  readonly reloads: Reloads;
  readonly now: () => Date;
  /** Undefined: there is no country database, so a policy that needs one is refused. */
  readonly countryOf: ((address: string) => string | undefined) | undefined;
  readonly activeKeyCreateTime: () => Date | undefined;
  /** Called with the result of a reload, for the audit log: the paths of changed settings, or the number of problems. */
  readonly onReload: (reload: PolicyReload) => void;
}

export type PolicyReload =
  | { readonly outcome: "succeeded"; readonly changed: readonly string[] }
  | { readonly outcome: "refused"; readonly problems: number };

interface InForce {
  readonly loaded: LoadedSecurityConfig;
  readonly mfa: MfaPolicy;
  readonly callerLimits: ReturnType<typeof callerLimits>;
  readonly addresses: AddressRules;
  readonly browsers: BrowserPolicy;
}

/** Holds the policy that the service was started with, and watches its file and variables. */
export async function openSecurityPolicy(
  source: SecuritySource,
  world: SecurityPolicyWorld,
): Promise<OwnedSecurityPolicy> {
  const { log } = world.reloads;
  const derive = (read: LoadedSecurityConfig) => deriveRules(read, source.initial, world.countryOf);
  const watched = await followPolicy(source, derive, world);
  const config = () => watched.current().loaded.config;
  const warnings = () =>
    securityWarnings(config(), { now: world.now(), activeKeyCreateTime: world.activeKeyCreateTime() });
  for (const { code, message } of ownWarnings(warnings(), config(), false)) log.warn({ code }, message);
  for (const notice of source.initial.notices) log.warn({}, notice);
  return {
    config,
    mfa: () => watched.current().mfa,
    callerLimits: () => watched.current().callerLimits,
    addresses: () => watched.current().addresses,
    browsers: () => watched.current().browsers,
    warnings,
    reload: watched.reload,
    [Symbol.asyncDispose]: () => watched[Symbol.asyncDispose](),
  };
}

/** Follows the policy's file and variables, and reports each change of them. */
function followPolicy(
  source: SecuritySource,
  derive: (read: LoadedSecurityConfig) => InForce,
  { reloads, onReload }: Pick<SecurityPolicyWorld, "reloads" | "onReload">,
): Promise<Watched<InForce>> {
  let inForce = derive(source.initial);
  const report = reporting("policy", reloads);
  return watch<ReturnType<SecuritySource["read"]>, InForce>({
    read: source.read,
    parse: (read) => {
      if (!read.ok) throw new ConfigurationError(read.problems.map(describeProblem));
      return derive(read);
    },
    initial: inForce,
    intervalMs: reloads.intervalMs,
    onReload: (next) => {
      const changed = changedPaths(inForce.loaded, next.loaded);
      inForce = next;
      if (changed.length === 0) return;
      report.onReload(next);
      onReload({ outcome: "succeeded", changed });
    },
    onRefused: (problems) => {
      report.onRefused(problems);
      onReload({ outcome: "refused", problems: problems.length });
    },
  });
}

/** The environment and the keys are read once: what was opened with them at the start keeps using them. */
function deriveRules(
  read: LoadedSecurityConfig,
  initial: LoadedSecurityConfig,
  countryOf: SecurityPolicyWorld["countryOf"],
): InForce {
  const config: SecurityConfig = { ...read.config, environment: initial.config.environment };
  const loaded = { ...read, config };
  return {
    loaded,
    mfa: mfaPolicy(config),
    callerLimits: callerLimits(loaded),
    addresses: addressRules(config, countryOf),
    browsers: browserPolicy(config),
  };
}

function addressRules({ ip }: SecurityConfig, countryOf: SecurityPolicyWorld["countryOf"]): AddressRules {
  if (ip.geoBlockingEnabled && countryOf === undefined)
    throw new ConfigurationError(["ip.geo_blocking_enabled: GEOIP_DATABASE is not set"]);
  return createAddressRules({
    whitelist: ip.enableIpFiltering ? ip.ipWhitelist : [],
    blacklist: ip.enableIpFiltering ? ip.ipBlacklist : [],
    blockedCountries: ip.geoBlockingEnabled ? ip.blockedCountries : [],
    countryOf: countryOf ?? (() => undefined),
  });
}

function browserPolicy({ headers }: SecurityConfig): BrowserPolicy {
  return {
    hstsMaxAge: headers.enableHsts ? headers.hstsMaxAge : undefined,
    csp: headers.enableCsp,
    corsOrigins: new Set(headers.enableCors ? headers.corsOrigins : []),
  };
}

function changedPaths(before: LoadedSecurityConfig, after: LoadedSecurityConfig): string[] {
  const was = new Map(describeSecurityConfig(before).map(({ path, value }) => [path, JSON.stringify(value)]));
  return describeSecurityConfig(after)
    .filter(({ path, value }) => was.get(path) !== JSON.stringify(value))
    .map(({ path }) => path);
}
