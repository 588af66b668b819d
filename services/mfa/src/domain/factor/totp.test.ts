import { describe, expect, test } from "vitest";
import { totpUri } from "./otpauth-uri.js";
import { generateTotpSecret } from "./totp.js";

const SECRET = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ";

describe("a new secret", () => {
  test("a new secret is 160 random bits, distinct each time", () => {
    const secrets = new Set(Array.from({ length: 500 }, generateTotpSecret));
    expect(secrets.size).toBe(500);
    for (const secret of secrets) expect(secret).toMatch(/^[A-Z2-7]{32}$/);
  });

  test("a new secret has each of the 32 letters as often as another", () => {
    const letters = Array.from({ length: 500 }, generateTotpSecret).join("");
    const expected = letters.length / 32;
    const counts = new Map<string, number>();
    for (const letter of letters) counts.set(letter, (counts.get(letter) ?? 0) + 1);
    const chiSquare = [...counts.values()].reduce(
      (sum, count) => sum + (count - expected) ** 2 / expected,
      0,
    );
    expect(counts.size).toBe(32);
    // 31 degrees of freedom: a fair source is above it once in a million runs.
    expect(chiSquare).toBeLessThan(87);
  });

  test("a new secret makes a key URI with its parameters", () => {
    const uri = new URL(
      totpUri({
        issuer: "Acme Co",
        accountName: "a@b.c",
        secret: SECRET,
        parameters: { algorithm: "SHA1", digits: 8, periodSeconds: 30 },
      }),
    );
    expect(uri.href).toMatch(/^otpauth:\/\/totp\/Acme%20Co:a%40b\.c\?/);
    expect(Object.fromEntries(uri.searchParams)).toMatchObject({
      secret: SECRET,
      issuer: "Acme Co",
      digits: "8",
    });
  });
});
