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

/** The security configuration that the service starts on, and how to read it again. */
export interface SecuritySource {
  readonly initial: LoadedSecurityConfig;
  /** Rereads the file and the variables. Never throws. */
  readonly read: () => LoadedSecurityConfig | RefusedSecurityConfig;
}

/** What the service's own configuration takes from the security configuration: each has one reader. */
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
 * The environment's part of a configuration that is otherwise refused, so that problems of the service's own configuration, which depend
 * on where it runs, are reported beside those of the security configuration.
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
