import type { Random } from "../support/random.js";

/** Users that fuzzed calls are aimed at: enrolled, so that a guess compares something. Nothing fuzzed may end or change their factors. */
export const TARGETS = ["target-0", "target-1", "target-2", "target-3"];

/** Users whom only support's acts and imports touch, beside those that SetupMfa makes. */
const STRANGERS = ["stranger-0", "stranger-1", "stranger-2", "stranger-3", "stranger-4"];

/** Any string of a request may be one of these. */
const HOSTILE = [
  "",
  " ",
  "\0",
  "a\nb",
  "josé",
  "\u202e",
  "\ud83d\udd11",
  "😀".repeat(40),
  "x".repeat(128),
  "x".repeat(129),
  "x".repeat(5_000),
  "x".repeat(70_000),
  "'; drop table mfa_settings; --",
  "../../etc/passwd",
  "%00",
  "__proto__",
  "constructor",
  "null",
  "-1",
  "1e999",
];

const BY_FIELD: Readonly<Record<string, readonly string[]>> = {
  code: [
    "123456",
    "000000",
    "12345678",
    "ABCD-EF01-2345",
    "abcdef012345",
    "12345",
    "１２３４５６",
    "123 456",
  ],
  email: [
    "a@example.com",
    "a@b",
    "a@[127.0.0.1]",
    "a\r\nBcc: b@example.com",
    '"a b"@example.com',
    "a@example.com,b@example.com",
  ],
  phone_number: ["+12015550123", "2015550123", "+12015550123;ext=4", "+870773111632", "+", "+999"],
  locale: ["en", "es", "en-US", "xx", "en_US.UTF-8"],
  account_name: ["alice", "a:b", "a%3Ab"],
  challenge_id: ["00000000-0000-4000-8000-000000000000", "x"],
  request_id: ["request-1", "request-2", "a b"],
  reason: ["lost phone"],
  ip_address: ["192.0.2.1", "2001:db8::1", "::ffff:192.0.2.1", "256.1.1.1", "192.0.2.1/24", "fe80::1%eth0"],
  user_agent: ["Mozilla/5.0"],
  otpauth_uri: [
    "otpauth://totp/A:b?secret=JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP&issuer=A",
    "otpauth://hotp/A?secret=AAAA",
    "otpauth://totp/?secret=%",
    "https://example.com",
  ],
  page_token: ["AAAA", "%%%"],
  service: ["", "countersign.mfa.v1.MfaService", "unknown.Service"],
  file_by_filename: ["countersign/mfa/v1/mfa_service.proto", "none.proto"],
  file_containing_symbol: ["countersign.mfa.v1.MfaService", "none"],
};

/** A text for a field: most often one that fits it, so that calls get past the first check. */
export function textFor(random: Random, field: string, target: "anybody" | "strangers"): string {
  if (random.chance(0.15)) return random.pick(HOSTILE);
  if (field === "user_id")
    return random.pick(target === "strangers" ? STRANGERS : [...STRANGERS, ...TARGETS]);
  return random.pick(BY_FIELD[field] ?? HOSTILE);
}

export function numberFor(random: Random): number {
  return random.pick([0, 1, -1, 2, 3, 7, 50, 100, 1_000, 2 ** 31 - 1, -(2 ** 31), 59_000_000]);
}
