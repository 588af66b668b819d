import type { ConfigProblem, ConfigSource } from "@countersign/settings";
import type { SecurityConfig } from "./security-config.js";
import type { SecurityWarning } from "./warnings.js";

/** A usable configuration. The program must stop on fatal warnings. */
export interface LoadedSecurityConfig {
  readonly ok: true;
  readonly config: SecurityConfig;
  /** Where each setting's value came from, by path (`password.min_length`, `security_level`). */
  readonly sources: Readonly<Record<string, ConfigSource>>;
  /** The warnings without a key ring; a program that has one calls `securityWarnings` instead. */
  readonly warnings: readonly SecurityWarning[];
  /** Likely mistakes that cannot be refused, one line each for the log: variables whose name is almost a setting's. */
  readonly notices: readonly string[];
}

/** A configuration that must not be used, with all problems. */
export interface RefusedSecurityConfig {
  readonly ok: false;
  readonly problems: readonly ConfigProblem[];
}
