import { createSecretKey } from "node:crypto";
import { describe, expect, test } from "vitest";
import { gcmOpen, gcmSeal } from "./aes-gcm.js";

const hex = (text: string) => Buffer.from(text, "hex");

// The AES-256 cases 13 to 16 of the GCM specification submitted to NIST (McGrew and Viega, appendix B).
const KEY = "feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308";
const PLAINTEXT =
  "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a721c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b391aafd255";
const CIPHERTEXT =
  "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f662898015ad";
const VECTORS = [
  {
    key: "00".repeat(32),
    iv: "00".repeat(12),
    plaintext: "",
    aad: "",
    ciphertext: "",
    tag: "530f8afbc74536b9a963b4f1c4cb738b",
  },
  {
    key: "00".repeat(32),
    iv: "00".repeat(12),
    plaintext: "00".repeat(16),
    aad: "",
    ciphertext: "cea7403d4d606b6e074ec5d3baf39d18",
    tag: "d0d1c8a799996bf0265b98b5d48ab919",
  },
  {
    key: KEY,
    iv: "cafebabefacedbaddecaf888",
    plaintext: PLAINTEXT,
    aad: "",
    ciphertext: CIPHERTEXT,
    tag: "b094dac5d93471bdec1a502270e3cc6c",
  },
  {
    key: KEY,
    iv: "cafebabefacedbaddecaf888",
    plaintext: PLAINTEXT.slice(0, 120),
    aad: "feedfacedeadbeeffeedfacedeadbeefabaddad2",
    ciphertext: CIPHERTEXT.slice(0, 120),
    tag: "76fc6ece0f4e1768cddf8853bb2d551b",
  },
];

describe("AES-256-GCM", () => {
  test.each(VECTORS)("AES-256-GCM gives the tag $tag of the specification and opens it", (vector) => {
    const input = { key: createSecretKey(hex(vector.key)), iv: hex(vector.iv), aad: hex(vector.aad) };
    const sealed = gcmSeal(input, hex(vector.plaintext));
    expect(sealed.ciphertext.toString("hex")).toBe(vector.ciphertext);
    expect(sealed.tag.toString("hex")).toBe(vector.tag);
    expect(gcmOpen(input, sealed.ciphertext, sealed.tag)?.toString("hex")).toBe(vector.plaintext);
  });

  test.each([0, 4, 8, 12, 15])(
    "AES-256-GCM refuses a tag cut to %i bytes even when those bytes are right",
    (length) => {
      const input = {
        key: createSecretKey(hex(KEY)),
        iv: hex("cafebabefacedbaddecaf888"),
        aad: Buffer.alloc(0),
      };
      const tag = hex("b094dac5d93471bdec1a502270e3cc6c").subarray(0, length);
      expect(() => gcmOpen(input, hex(CIPHERTEXT), tag)).toThrow("Invalid authentication tag length");
    },
  );

  test("AES-256-GCM gives no plaintext for a wrong tag", () => {
    const input = {
      key: createSecretKey(hex(KEY)),
      iv: hex("cafebabefacedbaddecaf888"),
      aad: Buffer.alloc(0),
    };
    expect(gcmOpen(input, hex(CIPHERTEXT), Buffer.alloc(16))).toBeUndefined();
  });
});
