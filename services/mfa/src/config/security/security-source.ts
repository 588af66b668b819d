import {
  type Environment,
  type LoadedSecurityConfig,
  loadSecurityConfig,
  type ReadFile,
  type RefusedSecurityConfig,
  type SecurityConfig,
  type SecurityConfigFile,
} from "@countersign/security-config";
import { anyText, optionalText } from "@countersign/settings";

export const SECURITY_SOURCE_SETTINGS = {
  SECURITY_CONFIG_FILE: optionalText(anyText, {
    doc: "File of the security settings, YAML or JSON. It is read again when it changes.",
  }),
  GEOIP_DATABASE: optionalText(anyText, {
    doc: "File of countries by address in MaxMind's format; required for `ip.geo_blocking_enabled`.",
  }),
} as const;

/** The security configuration at the start, and how to reread it. */
export interface SecuritySource {
  readonly initial: LoadedSecurityConfig;
  /** Rereads the file and the variables. Never throws. */
  readonly read: () => LoadedSecurityConfig | RefusedSecurityConfig;
}

/** The values that the service's own configuration takes from the security configuration. */
export type Ambient = Pick<
  SecurityConfig["environment"],
  "environment" | "encryptionKey" | "jwtSecret" | "jwtAlgorithm"
>;

/** Reads the security configuration: the file that SECURITY_CONFIG_FILE names, and the environment. */
export function readSecurity(
  env: Environment,
  readFile: ReadFile,
): LoadedSecurityConfig | RefusedSecurityConfig {
  const path = env.SECURITY_CONFIG_FILE ?? "";
  const file = path === "" ? undefined : readConfigFile(path, readFile);
  return loadSecurityConfig({ env, file, readFile });
}

/**
 * The `environment` of a configuration that is otherwise refused, so that problems of the service's own configuration, which depend on it, are
 * reported together with those of the security configuration.
 */
export function readAmbient(env: Environment, readFile: ReadFile): Ambient {
  const { ENVIRONMENT, ENVIRONMENT_FILE } = env;
  const loaded = loadSecurityConfig({ env: { ENVIRONMENT, ENVIRONMENT_FILE }, readFile });
  if (loaded.ok) return loaded.config.environment;
  return {
    environment: "development",
    encryptionKey: undefined,
    jwtSecret: undefined,
    jwtAlgorithm: "HS256",
  };
}

function readConfigFile(path: string, readFile: ReadFile): SecurityConfigFile {
  try {
    return { path, text: readFile(path) };
  } catch (error) {
    const code = error instanceof Error && "code" in error ? String(error.code) : "unknown error";
    return { path, unreadable: code };
  }
}
