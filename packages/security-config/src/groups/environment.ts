import { choice, flag, integer, secret } from "@countersign/settings";
import type { FieldTable } from "../field.js";
import type { EnvironmentSettings } from "../security-config.js";

export const environmentFields: FieldTable<EnvironmentSettings> = {
  environment: choice(["development", "test", "staging", "production"], {
    default: "development",
    doc: "Where this runs. Only `production` makes unsafe settings fatal.",
    enforcedBy: "both",
  }),
  debug: flag({
    default: false,
    doc: "Diagnostics for developers. Fatal in production.",
    enforcedBy: "both",
  }),
  secretKey: secret({
    doc: "The platform's general signing key. Use 32 random bytes or more; a short or guessable key is fatal in production, a missing one for programs that use it (Countersign does not).",
    enforcedBy: "platform",
  }),
  jwtSecret: secret({
    doc: "The key that signs and verifies tokens. Use at least as many bytes as the algorithm's digest (32, 48 or 64; RFC 7518 section 3.2); a short or guessable key is fatal in production, a missing one for programs that use it (Countersign does for callers' tokens without a key set).",
    enforcedBy: "both",
  }),
  encryptionKey: secret({
    doc: "The master key that personal data is encrypted under: 32 random bytes in standard base64 (`openssl rand -base64 32`), checked by the key ring. If it is missing, and there is no folder of keys, that is fatal in production.",
    enforcedBy: "countersign",
  }),
  jwtAlgorithm: choice(["HS256", "HS384", "HS512"], {
    default: "HS256",
    doc: "The only algorithm accepted in a token's header. HMAC only, because the key is a shared secret.",
    enforcedBy: "both",
  }),
  accessTokenExpireMinutes: integer({
    default: 30,
    min: 1,
    max: 1440,
    unit: "minutes",
    doc: "Longest life of an access token.",
    enforcedBy: "both",
  }),
  refreshTokenExpireDays: integer({
    default: 7,
    min: 1,
    max: 365,
    unit: "days",
    doc: "Longest life of a refresh token.",
    enforcedBy: "platform",
  }),
};
