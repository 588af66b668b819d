import { createHmac, createSecretKey, randomBytes } from "node:crypto";
import { describe, expect, test } from "vitest";
import { derivePurposeKey } from "./derive-key.js";
import { createKeyRing, keyRingFromMasterKey } from "./key-ring.js";
import { createMac, hmacSha256 } from "./mac.js";
import type { KeyState, MasterKey } from "./master-key.js";

const key = (id: string, state: KeyState): MasterKey => ({
  id,
  state,
  createTime: undefined,
  secret: createSecretKey(randomBytes(32)),
});

// RFC 4231 section 4: test cases 1 to 4, 6 and 7 (5 tests truncation, which nothing here offers).
const VECTORS = [
  [
    "0b".repeat(20),
    Buffer.from("Hi There").toString("hex"),
    "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7",
  ],
  [
    "4a656665",
    Buffer.from("what do ya want for nothing?").toString("hex"),
    "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843",
  ],
  ["aa".repeat(20), "dd".repeat(50), "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe"],
  [
    "0102030405060708090a0b0c0d0e0f10111213141516171819",
    "cd".repeat(50),
    "82558a389a443c0ea4cc819899f2083a85f0faa3e578f8077a2e3ff46729665b",
  ],
  [
    "aa".repeat(131),
    Buffer.from("Test Using Larger Than Block-Size Key - Hash Key First").toString("hex"),
    "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54",
  ],
  [
    "aa".repeat(131),
    Buffer.from(
      "This is a test using a larger than block-size key and a larger than block-size data. The key needs to be hashed before being used by the HMAC algorithm.",
    ).toString("hex"),
    "9b09ffa71b942fcb27635fbcd5b0e944bfdc63644f0713938a7f51535c3a35e2",
  ],
] as const;

describe("HMAC-SHA-256", () => {
  test.each(VECTORS)("HMAC-SHA-256 agrees with RFC 4231 for key %s", (secret, message, mac) => {
    const own = hmacSha256(createSecretKey(Buffer.from(secret, "hex")), Buffer.from(message, "hex"));
    expect(own.toString("hex")).toBe(mac);
  });
});

describe("a MAC of one purpose", () => {
  test("a MAC of one purpose is HMAC of the length-prefixed tuple under the derived key", () => {
    const master = key("k1", "active");
    const secret = derivePurposeKey(master.secret, "code-mac");
    const expected = createHmac("sha256", secret).update("\0\0\0\x01a\0\0\0\x02bc").digest("hex");
    expect(
      createMac(createKeyRing([master]), "code-mac")
        .mac(["a", "bc"])
        .toString("hex"),
    ).toBe(expected);
  });

  test("a MAC of one purpose verifies what it made, and nothing else", () => {
    const codes = createMac(keyRingFromMasterKey(randomBytes(32).toString("base64")), "code-mac");
    const mac = codes.mac(["user", "123456"]);
    expect(codes.verify(["user", "123456"], mac)).toBe(true);
    expect(codes.verify(["user", "123457"], mac)).toBe(false);
    expect(codes.verify(["user1", "23456"], mac)).toBe(false);
    for (let index = 0; index < mac.length; index++) {
      const flipped = Buffer.from(mac);
      flipped.writeUInt8(flipped.readUInt8(index) ^ 1, index);
      expect(codes.verify(["user", "123456"], flipped)).toBe(false);
    }
  });

  test.each([0, 4, 8, 16, 31, 33])("a MAC of one purpose never verifies a MAC of %i bytes", (length) => {
    const codes = createMac(keyRingFromMasterKey(randomBytes(32).toString("base64")), "code-mac");
    const mac = Buffer.concat([codes.mac(["x"]), Buffer.alloc(1)]).subarray(0, length);
    expect(codes.verify(["x"], mac)).toBe(false);
  });

  test("a MAC of one purpose is not a MAC of another", () => {
    const ring = keyRingFromMasterKey(randomBytes(32).toString("base64"));
    expect(createMac(ring, "audit-mac").verify(["x"], createMac(ring, "code-mac").mac(["x"]))).toBe(false);
  });

  test("a MAC of one purpose is found under every usable key while keys rotate, and under no retired one", () => {
    const [old, next, gone] = [key("old", "active"), key("new", "active"), key("gone", "active")] as const;
    const before = createMac(createKeyRing([old]), "phone-index").sign(["+12025550123"]);
    const retired = createMac(createKeyRing([gone]), "phone-index").sign(["+12025550123"]);
    const ring = createKeyRing([{ ...gone, state: "retired" }, { ...old, state: "decrypt-only" }, next]);
    const phones = createMac(() => ring, "phone-index");
    expect(phones.macs(["+12025550123"]).map(({ keyId }) => keyId)).toEqual(["new", "old"]);
    expect(phones.sign(["+12025550123"])).toEqual(phones.macs(["+12025550123"])[0]);
    expect(phones.macWith("old", ["+12025550123"])).toEqual(before.mac);
    expect(phones.verify(["+12025550123"], before.mac)).toBe(true);
    expect(phones.verify(["+12025550123"], before.mac, "old")).toBe(true);
    expect(phones.verify(["+12025550123"], before.mac, "new")).toBe(false);
    expect(phones.verify(["+12025550123"], retired.mac)).toBe(false);
    expect(phones.verify(["+12025550123"], retired.mac, "gone")).toBe(false);
    expect(phones.macWith("gone", ["+12025550123"])).toBeUndefined();
  });
});
