export { type ConfigProblem, describeProblem } from "./config-problem.js";
export { type ConfigSource, describeSource } from "./config-source.js";
export { describeSecurityConfig, type SettingRow } from "./describe.js";
export type { Environment, ReadFile } from "./environment-layer.js";
export type { Enforcer, FieldKind } from "./field.js";
export type { SecurityConfigFile } from "./file-layer.js";
export type { SecurityConfigInput } from "./input-layers.js";
export { loadSecurityConfig } from "./load.js";
export type { LoadedSecurityConfig, RefusedSecurityConfig } from "./load-result.js";
export type { PlainValue } from "./plain-value.js";
export { readSecurityConfigFile, readSettingFile } from "./read-file.js";
export { configurationReference, type SettingReference } from "./reference.js";
export { Secret } from "./secret.js";
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
