import type { Field } from "./field.js";
import { auditFields } from "./groups/audit.js";
import { encryptionFields } from "./groups/encryption.js";
import { environmentFields } from "./groups/environment.js";
import { headersFields } from "./groups/headers.js";
import { ipFields } from "./groups/ip.js";
import { mfaFields } from "./groups/mfa.js";
import { googleFields, microsoftFields } from "./groups/oauth-providers.js";
import { passwordFields } from "./groups/password.js";
import { rateLimitFields } from "./groups/rate-limit.js";
import { sessionFields } from "./groups/session.js";

/** The fields that share a place, a prefix in the environment and a type. */
export interface Group {
  /** Its place in a SecurityConfig. */
  readonly keys: readonly string[];
  readonly prefix: string;
  readonly doc: string;
  readonly fields: Readonly<Record<string, Field<unknown>>>;
}

export const GROUPS: readonly Group[] = [
  {
    keys: ["environment"],
    prefix: "",
    doc: "Where the platform runs, and the keys and tokens it runs on.",
    fields: { ...environmentFields },
  },
  {
    keys: ["password"],
    prefix: "PASSWORD",
    doc: "Requirements on passwords.",
    fields: { ...passwordFields },
  },
  { keys: ["session"], prefix: "SESSION", doc: "How long a login lasts.", fields: { ...sessionFields } },
  { keys: ["mfa"], prefix: "MFA", doc: "The second factor.", fields: { ...mfaFields } },
  {
    keys: ["rateLimit"],
    prefix: "RATE_LIMIT",
    doc: "How often calls may be made.",
    fields: { ...rateLimitFields },
  },
  {
    keys: ["encryption"],
    prefix: "ENCRYPTION",
    doc: "How data is kept at rest.",
    fields: { ...encryptionFields },
  },
  {
    keys: ["audit"],
    prefix: "AUDIT",
    doc: "What is recorded, and for how long.",
    fields: { ...auditFields },
  },
  {
    keys: ["headers"],
    prefix: "HEADERS",
    doc: "Security headers and CORS on HTTP answers.",
    fields: { ...headersFields },
  },
  { keys: ["ip"], prefix: "IP", doc: "Which addresses and countries may call.", fields: { ...ipFields } },
  {
    keys: ["oauthProviders", "google"],
    prefix: "GOOGLE",
    doc: "Login with Google.",
    fields: { ...googleFields },
  },
  {
    keys: ["oauthProviders", "microsoft"],
    prefix: "MICROSOFT",
    doc: "Login with Microsoft.",
    fields: { ...microsoftFields },
  },
];
