import type { KeyRing } from "@countersign/field-crypto";
import { KEY_PURPOSES } from "@countersign/field-crypto";
import { decodeBase32 } from "../../support/enrolment/authenticator.js";

export type CanaryKind =
  | "totp secret"
  | "backup code"
  | "sent code"
  | "phone number"
  | "e-mail address"
  | "key"
  | "setting";

/** A secret of a test, which must be found nowhere. */
export interface Canary {
  readonly kind: CanaryKind;
  /** Whether the bytes, read as Latin-1, hold the secret in any form. `folded` are the same in lower case. */
  readonly isIn: (exact: string, folded: string) => boolean;
}

/** Base32 in either case, the bytes that it stands for, and both in hex and base64. */
export function totpSecret(base32: string): Canary {
  return spelt("totp secret", [Buffer.from(base32), decodeBase32(base32)]);
}

/** With and without dashes in either case, and the six bytes that it stands for. */
export function backupCode(code: string): Canary {
  const digits = code.replaceAll("-", "");
  return spelt("backup code", [Buffer.from(code), Buffer.from(digits), Buffer.from(digits, "hex")]);
}

/** Six digits alone are hit by chance, so they count only where neither letters, digits nor a fraction surround them. */
export function sentCode(code: string): Canary {
  const alone = new RegExp(`(?<![0-9A-Za-z.])${code}(?![0-9A-Za-z])`);
  return { kind: "sent code", isIn: (exact) => alone.test(exact) };
}

/** Of a number such as +12025550147: its ten digits, as every spelling without blanks holds them, and the usual ones with. */
export function phoneNumber(e164: string): Canary {
  const [area, exchange, line] = [e164.slice(-10, -7), e164.slice(-7, -4), e164.slice(-4)];
  const spellings = [`${area}${exchange}${line}`, `${exchange}-${line}`, `${area} ${exchange} ${line}`];
  return spelt(
    "phone number",
    spellings.map((spelling) => Buffer.from(spelling)),
  );
}

/** Either part gives a person away. */
export function emailAddress(address: string): Canary {
  return spelt(
    "e-mail address",
    address.split("@").map((part) => Buffer.from(part)),
  );
}

/** The master key and every key derived from it. */
export function keys(master: string, ring: KeyRing): Canary {
  const derived = KEY_PURPOSES.map((purpose) => ring.active(purpose).secret.export());
  return spelt("key", [Buffer.from(master), Buffer.from(master, "base64"), ...derived]);
}

/** A secret of the platform's configuration. */
export function secretSetting(value: string): Canary {
  return spelt("setting", [Buffer.from(value)]);
}

function spelt(kind: CanaryKind, spellings: readonly Buffer[]): Canary {
  const folded = spellings.flatMap((bytes) => [
    bytes.toString("latin1").toLowerCase(),
    bytes.toString("hex"),
  ]);
  const exact = spellings.flatMap((bytes) => [
    ...base64Forms(bytes, "base64"),
    ...base64Forms(bytes, "base64url"),
  ]);
  return {
    kind,
    isIn: (haystack, haystackFolded) =>
      folded.some((form) => haystackFolded.includes(form)) || exact.some((form) => haystack.includes(form)),
  };
}

/** How base64 shows the bytes at each of the three offsets that they can have within what was encoded. */
function base64Forms(bytes: Buffer, encoding: "base64" | "base64url"): string[] {
  return [0, 1, 2].map((offset) => {
    const text = Buffer.concat([Buffer.alloc(offset), bytes]).toString(encoding);
    return text.slice(Math.ceil((offset * 8) / 6), Math.floor(((offset + bytes.length) * 8) / 6));
  });
}
