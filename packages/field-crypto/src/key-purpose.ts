/** What a key may be used for. Each purpose has its own keys, so that no key ever serves two algorithms or two tables. */
export const KEY_PURPOSES = [
  "field-encryption",
  "code-mac",
  "backup-pepper",
  "audit-mac",
  "phone-index",
  "user-pseudonym",
] as const;

export type KeyPurpose = (typeof KEY_PURPOSES)[number];

/** The purposes whose keys are used for HMAC; the remaining one is for AES-GCM. */
export type MacPurpose = Exclude<KeyPurpose, "field-encryption">;
