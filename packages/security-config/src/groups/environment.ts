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
    doc: "The platform's general signing key. Wanted: 32 random bytes or more; missing, short or guessable is fatal in production.",
    enforcedBy: "platform",
  }),
  jwtSecret: secret({
    doc: "The key that signs and verifies tokens. Wanted: as many bytes as the algorithm's digest (32, 48 or 64; RFC 7518 section 3.2); missing, short or guessable is fatal in production.",
    enforcedBy: "both",
  }),
  encryptionKey: secret({
    doc: "The master key that personal data is encrypted under: 32 random bytes in standard base64 (`openssl rand -base64 32`), judged by the key ring. Missing is fatal in production, unless there is a folder of keys.",
    enforcedBy: "countersign",
  }),
  jwtAlgorithm: choice(["HS256", "HS384", "HS512"], {
    default: "HS256",
    doc: "The only algorithm accepted in a token's header. HMAC alone, because the key is one shared secret.",
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
