import {
  describeProblem,
  loadSecurityConfig,
  readSecurityConfigFile,
  readSettingFile,
  type SecurityConfig,
} from "@countersign/security-config";

/** Returns the effective configuration; throws with every problem if it is invalid. */
export function securityConfigFrom(env: NodeJS.ProcessEnv): SecurityConfig {
  const path = env.SECURITY_CONFIG_FILE;
  const file = path === undefined ? undefined : readSecurityConfigFile(path);
  const result = loadSecurityConfig({ env, file, readFile: readSettingFile });
  if (!result.ok) throw new Error(result.problems.map(describeProblem).join("\n"));

  const fatal = result.warnings.filter((warning) => warning.fatal);
  if (fatal.length > 0) throw new Error(fatal.map((warning) => warning.message).join("\n"));
  return result.config;
}
