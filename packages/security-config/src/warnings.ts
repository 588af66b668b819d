import { keyWeakness } from "./key-weakness.js";
import type { SecurityConfig } from "./security-config.js";

/** The closed set of codes; a program branches on these, never on the message. */
export type SecurityWarningCode =
  | "SECRET_KEY_WEAK"
  | "JWT_SECRET_WEAK"
  | "ENCRYPTION_KEY_MISSING"
  | "DEBUG_IN_PRODUCTION"
  | "HSTS_OFF_IN_PRODUCTION"
  | "ACTIVE_KEY_TOO_OLD";

/** Something valid but unsafe. A program must not start while one is fatal. */
export interface SecurityWarning {
  readonly code: SecurityWarningCode;
  /** For a person; holds no secret. */
  readonly message: string;
  /** Whether the program must stop: in production, for every code but the last two. */
  readonly fatal: boolean;
}

/** Facts that only the running program knows. */
export interface KeyRingState {
  /** When the active key of the ring was made. If given, it also means that there are keys without ENCRYPTION_KEY, as in a folder. */
  readonly activeKeyCreateTime?: Date | undefined;
  readonly now: Date;
}

const SECRET_KEY_BYTES = 32;
/** An HMAC key is at least as long as its digest (RFC 7518 section 3.2). */
const JWT_SECRET_BYTES = { HS256: 32, HS384: 48, HS512: 64 } as const;
const DAY_MS = 86_400_000;

/** Every warning about the configuration and the key ring: the ones to use once the ring is known. */
export function securityWarnings(config: SecurityConfig, state: KeyRingState): readonly SecurityWarning[] {
  const hasRing = state.activeKeyCreateTime !== undefined;
  const onConfig = configurationWarnings(config).filter(
    ({ code }) => !(hasRing && code === "ENCRYPTION_KEY_MISSING"),
  );
  return [...onConfig, ...keyAgeWarnings(config, state)];
}

/** The warnings about the configuration alone. */
export function configurationWarnings(config: SecurityConfig): readonly SecurityWarning[] {
  return [...keyWarnings(config), ...productionWarnings(config)];
}

function keyWarnings({ environment }: SecurityConfig): readonly SecurityWarning[] {
  const fatal = environment.environment === "production";
  const secretKey = keyWeakness(environment.secretKey, SECRET_KEY_BYTES);
  const jwtSecret = keyWeakness(environment.jwtSecret, JWT_SECRET_BYTES[environment.jwtAlgorithm]);
  const warnings: SecurityWarning[] = [];
  if (secretKey !== undefined)
    warnings.push({ code: "SECRET_KEY_WEAK", message: `SECRET_KEY ${secretKey}`, fatal });
  if (jwtSecret !== undefined)
    warnings.push({ code: "JWT_SECRET_WEAK", message: `JWT_SECRET ${jwtSecret}`, fatal });
  if (environment.encryptionKey === undefined) {
    warnings.push({ code: "ENCRYPTION_KEY_MISSING", message: "ENCRYPTION_KEY is not set", fatal });
  }
  return warnings;
}

function productionWarnings({ environment, headers }: SecurityConfig): readonly SecurityWarning[] {
  if (environment.environment !== "production") return [];
  const warnings: SecurityWarning[] = [];
  if (environment.debug) {
    warnings.push({ code: "DEBUG_IN_PRODUCTION", message: "DEBUG is on in production", fatal: true });
  }
  if (!headers.enableHsts || headers.hstsMaxAge === 0) {
    warnings.push({ code: "HSTS_OFF_IN_PRODUCTION", message: "HSTS is off in production", fatal: false });
  }
  return warnings;
}

function keyAgeWarnings({ encryption }: SecurityConfig, state: KeyRingState): readonly SecurityWarning[] {
  if (state.activeKeyCreateTime === undefined) return [];
  const days = (state.now.getTime() - state.activeKeyCreateTime.getTime()) / DAY_MS;
  if (days <= encryption.keyRotationDays) return [];
  const message = `the active encryption key is ${Math.floor(days)} days old, over the ${encryption.keyRotationDays} allowed`;
  return [{ code: "ACTIVE_KEY_TOO_OLD", message, fatal: false }];
}
