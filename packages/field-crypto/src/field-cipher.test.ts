import { createDecipheriv, createSecretKey, randomBytes } from "node:crypto";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { derivePurposeKey } from "./derive-key.js";
import { createFieldCipher } from "./field-cipher.js";
import { createKeyRing, type KeyRing } from "./key-ring.js";
import type { KeyState, MasterKey } from "./master-key.js";
import { OpenError } from "./open-error.js";

const SEED = "JBSWY3DPEHPK3PXP";
const CONTEXT = { owner: "user-1", field: "mfa_factors.totp_secret" };
// Bytes 0 to 31: no loader takes such a key, so this envelope can be fixed for ever.
const FIXED = createSecretKey(Buffer.from(Array.from({ length: 32 }, (_, index) => index)));

function key(id: string, state: KeyState = "active", secret = createSecretKey(randomBytes(32))): MasterKey {
  return { id, state, createTime: undefined, secret };
}

function refusal(open: () => unknown): string {
  try {
    open();
    return "opened";
  } catch (error) {
    if (error instanceof OpenError) return error.reason;
    throw error;
  }
}

describe("a sealed field", () => {
  const master = key("k1");
  const cipher = createFieldCipher(createKeyRing([master]));

  test("a sealed field opens for its owner and field, whatever the plaintext", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (plaintext) => {
        const opened = cipher.open(cipher.seal(plaintext, CONTEXT), CONTEXT);
        expect(opened.equals(plaintext)).toBe(true);
      }),
    );
    expect(cipher.open(cipher.seal("£ 🔑", CONTEXT), CONTEXT).toString()).toBe("£ 🔑");
  });

  test("a sealed field has the documented layout, so that another program could open it", () => {
    const envelope = cipher.seal(SEED, CONTEXT);
    expect(envelope.subarray(0, 4).toString("latin1")).toBe("\x01\x02k1");
    expect(envelope.length).toBe(4 + 12 + SEED.length + 16);
    const secret = derivePurposeKey(master.secret, "field-encryption");
    const decipher = createDecipheriv("aes-256-gcm", secret, envelope.subarray(4, 16), { authTagLength: 16 });
    decipher.setAAD(
      Buffer.from("\0\0\0\x01\x01\0\0\0\x02k1\0\0\0\x06user-1\0\0\0\x17mfa_factors.totp_secret", "latin1"),
    );
    decipher.setAuthTag(envelope.subarray(-16));
    expect(decipher.update(envelope.subarray(16, -16), undefined, "utf8") + decipher.final("utf8")).toBe(
      SEED,
    );
  });

  test("a sealed field made by an earlier release still opens", () => {
    const envelope = Buffer.from(
      "AQJrMSJoiZeaUS2TC+n2WN3gZtm7QlRCDSeB9EfwFWMSI4r26SLT+nPagyiP5S0X",
      "base64",
    );
    expect(
      createFieldCipher(createKeyRing([key("k1", "active", FIXED)]))
        .open(envelope, CONTEXT)
        .toString(),
    ).toBe(SEED);
  });

  test("a sealed field never opens with any one byte changed", () => {
    const envelope = cipher.seal(SEED, CONTEXT);
    for (let index = 0; index < envelope.length; index++) {
      for (const mask of [0x01, 0x80, 0xff]) {
        const flipped = Buffer.from(envelope);
        flipped.writeUInt8(flipped.readUInt8(index) ^ mask, index);
        expect(
          refusal(() => cipher.open(flipped, CONTEXT)),
          `byte ${index}`,
        ).not.toBe("opened");
      }
    }
  });

  test.each([12, 8, 4, 0])("a sealed field never opens with its tag cut to %i bytes", (length) => {
    const envelope = cipher.seal(SEED, CONTEXT);
    expect(refusal(() => cipher.open(envelope.subarray(0, envelope.length - 16 + length), CONTEXT))).toBe(
      "authentication-failed",
    );
  });

  test("a sealed field never opens cut to any length, or with bytes after it", () => {
    const envelope = cipher.seal("", CONTEXT);
    for (let length = 0; length < envelope.length; length++)
      expect(refusal(() => cipher.open(envelope.subarray(0, length), CONTEXT))).toBe("malformed");
    expect(refusal(() => cipher.open(Buffer.concat([envelope, Buffer.alloc(1)]), CONTEXT))).toBe(
      "authentication-failed",
    );
  });

  test.each([
    { owner: "user-2", field: CONTEXT.field },
    { owner: "USER-1", field: CONTEXT.field },
    { owner: "user-1", field: "mfa_factors.phone_number" },
    { owner: CONTEXT.field, field: CONTEXT.owner },
    { owner: "user-1m", field: "fa_factors.totp_secret" },
  ])("a sealed field moved to $owner, $field does not open", (context) => {
    expect(refusal(() => cipher.open(cipher.seal(SEED, CONTEXT), context))).toBe("authentication-failed");
  });

  test("a sealed field relabelled with another version or another key of the ring does not open", () => {
    const both = createFieldCipher(createKeyRing([master, key("k2", "decrypt-only")]));
    const sameSecret = createFieldCipher(createKeyRing([{ ...master, id: "k2" }]));
    const envelope = both.seal(SEED, CONTEXT);
    const version = Buffer.from(envelope);
    version[0] = 2;
    expect(refusal(() => both.open(version, CONTEXT))).toBe("malformed");
    envelope.write("k2", 2);
    expect(refusal(() => both.open(envelope, CONTEXT))).toBe("authentication-failed");
    expect(refusal(() => sameSecret.open(envelope, CONTEXT))).toBe("authentication-failed");
  });

  test.each([SEED, "", "A".repeat(64)])(
    "a sealed field has no plaintext fallback: %j in the column does not open",
    (raw) => {
      expect(refusal(() => cipher.open(Buffer.from(raw), CONTEXT))).toBe("malformed");
    },
  );

  test.each([null, undefined, SEED, 7])(
    "a sealed field does not open %j, which a driver might give for a column",
    (value) => {
      expect(refusal(() => cipher.open(value as unknown as Buffer, CONTEXT))).toBe("malformed");
    },
  );

  test("a sealed field is not made without an owner and a field, or from text that UTF-8 cannot carry", () => {
    expect(() => cipher.seal(SEED, { owner: "", field: "f" })).toThrow(TypeError);
    expect(() => cipher.seal(SEED, { owner: "o", field: "" })).toThrow(TypeError);
    expect(() => cipher.seal("\ud800", CONTEXT)).toThrow(TypeError);
  });

  test("a sealed field leaves the caller's bytes as they were", () => {
    const plaintext = Buffer.from(SEED);
    cipher.seal(plaintext, CONTEXT);
    expect(plaintext.toString()).toBe(SEED);
  });

  test("a sealed field never has the IV of another: 10,000 are distinct", () => {
    const ivs = Array.from({ length: 10_000 }, () => cipher.seal("", CONTEXT).toString("hex", 4, 16));
    expect(new Set(ivs).size).toBe(10_000);
  });
});

describe("rotation", () => {
  const [old, next] = [key("old"), key("new")] as const;
  let ring: KeyRing = createKeyRing([old]);
  const cipher = createFieldCipher(() => ring);

  test("rotation carries an envelope to the new key, after which the old one can go", () => {
    const first = cipher.seal(SEED, CONTEXT);
    expect(cipher.keyIdOf(first)).toBe("old");
    ring = createKeyRing([old, { ...next, state: "decrypt-only" }]);
    expect(cipher.needsRewrap(first)).toBe(false);

    ring = createKeyRing([{ ...old, state: "decrypt-only" }, next]);
    expect(cipher.needsRewrap(first)).toBe(true);
    expect(cipher.open(first, CONTEXT).toString()).toBe(SEED);
    const second = cipher.rewrap(first, CONTEXT);
    expect(cipher.keyIdOf(second)).toBe("new");
    expect(cipher.needsRewrap(second)).toBe(false);

    ring = createKeyRing([{ ...old, state: "retired" }, next]);
    expect(refusal(() => cipher.open(first, CONTEXT))).toBe("unknown-key");
    expect(refusal(() => cipher.rewrap(first, CONTEXT))).toBe("unknown-key");
    ring = createKeyRing([next]);
    expect(refusal(() => cipher.open(first, CONTEXT))).toBe("unknown-key");
    expect(cipher.open(second, CONTEXT).toString()).toBe(SEED);
  });

  test("rotation does not help an envelope to another owner", () => {
    ring = createKeyRing([{ ...old, state: "decrypt-only" }, next]);
    const stolen = createFieldCipher(createKeyRing([old])).seal(SEED, CONTEXT);
    expect(refusal(() => cipher.rewrap(stolen, { ...CONTEXT, owner: "thief" }))).toBe(
      "authentication-failed",
    );
  });

  test("rotation is forced when a key has sealed as often as AES-GCM allows", () => {
    let limited: KeyRing = createKeyRing([old]);
    const few = createFieldCipher(() => limited, { sealLimit: 2 });
    const envelope = few.seal(SEED, CONTEXT);
    few.rewrap(envelope, CONTEXT);
    expect(() => few.seal(SEED, CONTEXT)).toThrow("key old may seal no more: rotate it");
    expect(few.open(envelope, CONTEXT).toString()).toBe(SEED);
    limited = createKeyRing([{ ...old, state: "decrypt-only" }, next]);
    expect(few.keyIdOf(few.seal(SEED, CONTEXT))).toBe("new");
  });
});
