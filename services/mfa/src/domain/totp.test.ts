import { describe, expect, test } from "vitest";
import { generateTotpSecret, totpUri } from "./totp.js";

const SECRET = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ";

describe("a new secret", () => {
  test("is 160 random bits, distinct each time", () => {
    const secrets = new Set(Array.from({ length: 500 }, generateTotpSecret));
    expect(secrets.size).toBe(500);
    for (const secret of secrets) expect(secret).toMatch(/^[A-Z2-7]{32}$/);
  });

  test("makes a key URI with its parameters", () => {
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
