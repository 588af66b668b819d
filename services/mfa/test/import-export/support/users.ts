import { randomBytes } from "node:crypto";

const LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

/** A fresh secret in base32. Without padding, for each five bits. */
export function freshSecret(letters = 32): string {
  return Array.from(randomBytes(letters), (byte) => LETTERS[byte % 32]).join("");
}

/** A key URI as another system gives it. */
export function keyUri(parameters: Readonly<Record<string, string | number>> = {}): string {
  const query = new URLSearchParams({ secret: freshSecret(), issuer: "Old System" });
  for (const [name, value] of Object.entries(parameters)) query.set(name, String(value));
  return `otpauth://totp/Old%20System:someone?${query.toString()}`;
}

/** Lines of JSON. */
export function jsonLines(users: readonly object[]): string {
  return users.map((user) => `${JSON.stringify(user)}\n`).join("");
}
