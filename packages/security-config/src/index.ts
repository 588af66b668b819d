export {
  type ConfigProblem,
  type ConfigSource,
  describeProblem,
  describeSource,
  type Environment,
  type PlainValue,
  type ReadFile,
  Secret,
} from "@countersign/settings";
export { describeSecurityConfig, type SettingRow } from "./describe.js";
export type { Enforcer } from "./field.js";
export type { SecurityConfigFile } from "./file-layer.js";
export type { SecurityConfigInput } from "./input-layers.js";
export { loadSecurityConfig } from "./load.js";
export type { LoadedSecurityConfig, RefusedSecurityConfig } from "./load-result.js";
export { readSecurityConfigFile, readSettingFile } from "./read-file.js";
export { configurationReference, type SettingReference } from "./reference.js";
export type * from "./security-config.js";
export type { SecurityConfigOverrides } from "./security-config-overrides.js";
export { SECURITY_LEVELS, type SecurityLevel } from "./security-level.js";
export { type ParsedText, parseSettingText } from "./setting-text.js";
export { type IpRange, parseIpRange } from "./syntax/ip-range.js";
export {
  type KeyRingState,
  type SecurityWarning,
  type SecurityWarningCode,
  securityWarnings,
} from "./warnings.js";
