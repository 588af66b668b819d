import { createHmac, createSecretKey } from "node:crypto";
import { describe, expect, test } from "vitest";
import { deriveKey, derivePurposeKey, fingerprintOf } from "./derive-key.js";
import { KEY_PURPOSES } from "./key-purpose.js";

const bytesOf = (key: ReturnType<typeof createSecretKey>) => key.export().toString("hex");

describe("deriving keys", () => {
  test("deriving keys is HKDF-SHA-256: RFC 5869 test case 3, its first 32 bytes", () => {
    const key = deriveKey(createSecretKey(Buffer.alloc(22, 0x0b)), "");
    expect(bytesOf(key)).toBe("8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d");
  });

  test("deriving keys puts the label in HKDF's info: agrees with extract and expand written out by hand", () => {
    const master = Buffer.alloc(32, 7);
    const extracted = createHmac("sha256", Buffer.alloc(32)).update(master).digest();
    const expanded = createHmac("sha256", extracted).update("countersign/v1/code-mac\x01").digest("hex");
    expect(bytesOf(derivePurposeKey(createSecretKey(master), "code-mac"))).toBe(expanded);
  });

  test("deriving keys gives each purpose another key, and the fingerprint none of their bytes", () => {
    const master = createSecretKey(Buffer.alloc(32, 7));
    const keys = KEY_PURPOSES.map((purpose) => bytesOf(derivePurposeKey(master, purpose)));
    expect(new Set([...keys, bytesOf(master)]).size).toBe(KEY_PURPOSES.length + 1);
    const fingerprint = fingerprintOf(master);
    expect(fingerprint).toMatch(/^[0-9a-f]{16}$/);
    expect(keys.some((key) => key.includes(fingerprint))).toBe(false);
  });
});
