import {
  describeProblem,
  describeSecurityConfig,
  type LoadedSecurityConfig,
  type SecurityConfig,
  type SecurityWarning,
  securityWarnings,
} from "@countersign/security-config";
import { ConfigurationError } from "../config/configuration-error.js";
import type { SecuritySource } from "../config/security-source.js";
import { watch } from "../config/watched.js";
import type { MfaPolicy } from "../domain/policy.js";
import { mfaPolicy } from "./mfa-policy.js";
import { type Reloads, reporting } from "./reloads.js";

/** The security policy in force. Ask anew for every call: a reload replaces it. */
export interface OwnedSecurityPolicy extends AsyncDisposable {
  readonly config: () => SecurityConfig;
  readonly mfa: () => MfaPolicy;
  /** As of now: the active key grows older. */
  readonly warnings: () => readonly SecurityWarning[];
  /** Reads the policy again now. A bad one leaves the policy in force. */
  readonly reload: () => Promise<void>;
}

export interface SecurityPolicyWorld {
  readonly reloads: Reloads;
  readonly now: () => Date;
  readonly activeKeyCreateTime: () => Date | undefined;
  /** Hears what a reload did, for the audit log: the paths of the settings that changed, or how many problems refused it. */
  readonly onReload: (reload: PolicyReload) => void;
}

export type PolicyReload =
  | { readonly outcome: "succeeded"; readonly changed: readonly string[] }
  | { readonly outcome: "refused"; readonly problems: number };

interface InForce {
  readonly loaded: LoadedSecurityConfig;
  readonly mfa: MfaPolicy;
}

/** Puts the policy in force that the service was started on, and follows its file and variables. */
export async function openSecurityPolicy(
  source: SecuritySource,
  world: SecurityPolicyWorld,
): Promise<OwnedSecurityPolicy> {
  const { log } = world.reloads;
  let inForce = derive(source.initial, source.initial);
  const report = reporting("policy", world.reloads);
  const watched = await watch<ReturnType<SecuritySource["read"]>, InForce>({
    read: source.read,
    parse: (read) => {
      if (!read.ok) throw new ConfigurationError(read.problems.map(describeProblem));
      return derive(read, source.initial);
    },
    initial: inForce,
    intervalMs: world.reloads.intervalMs,
    onReload: (next) => {
      const changed = changedPaths(inForce.loaded, next.loaded);
      inForce = next;
      if (changed.length === 0) return;
      report.onReload(next);
      world.onReload({ outcome: "succeeded", changed });
    },
    onRefused: (problems) => {
      report.onRefused(problems);
      world.onReload({ outcome: "refused", problems: problems.length });
    },
  });
  const config = () => watched.current().loaded.config;
  const warnings = () =>
    securityWarnings(config(), { now: world.now(), activeKeyCreateTime: world.activeKeyCreateTime() });
  for (const { code, message } of warnings()) log.warn({ code }, message);
  for (const notice of source.initial.notices) log.warn({}, notice);
  return {
    config,
    mfa: () => watched.current().mfa,
    warnings,
    reload: watched.reload,
    [Symbol.asyncDispose]: () => watched[Symbol.asyncDispose](),
  };
}

/** Where the service runs, and its keys, are read once: what was opened with them at the start goes on with them. */
function derive(read: LoadedSecurityConfig, initial: LoadedSecurityConfig): InForce {
  const config: SecurityConfig = { ...read.config, environment: initial.config.environment };
  return { loaded: { ...read, config }, mfa: mfaPolicy(config) };
}

function changedPaths(before: LoadedSecurityConfig, after: LoadedSecurityConfig): string[] {
  const was = new Map(describeSecurityConfig(before).map(({ path, value }) => [path, JSON.stringify(value)]));
  return describeSecurityConfig(after)
    .filter(({ path, value }) => was.get(path) !== JSON.stringify(value))
    .map(({ path }) => path);
}
