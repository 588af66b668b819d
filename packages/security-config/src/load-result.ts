import type { ConfigProblem, ConfigSource } from "@countersign/settings";
import type { SecurityConfig } from "./security-config.js";
import type { SecurityWarning } from "./warnings.js";

/** A configuration that may be used. Its fatal warnings are for the program to stop at. */
export interface LoadedSecurityConfig {
  readonly ok: true;
  readonly config: SecurityConfig;
  /** Where each setting's value came from, by path (`password.min_length`, `security_level`). */
  readonly sources: Readonly<Record<string, ConfigSource>>;
  /** The warnings while nothing is known of a key ring; a program that has one asks `securityWarnings` instead. */
  readonly warnings: readonly SecurityWarning[];
  /** Likely mistakes that cannot be refused, a line each for the log: variables whose name is almost a setting's. */
  readonly notices: readonly string[];
}

/** A configuration that must not be used, with every reason at once. */
export interface RefusedSecurityConfig {
  readonly ok: false;
  readonly problems: readonly ConfigProblem[];
}
