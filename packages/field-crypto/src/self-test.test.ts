import { createSecretKey, randomBytes } from "node:crypto";
import { beforeEach, describe, expect, test, vi } from "vitest";
import type * as AesGcm from "./aes-gcm.js";
import { createKeyRing, type KeyRing } from "./key-ring.js";
import { selfTest } from "./self-test.js";

/** The fault injected into the cipher: it accepts any tag, or opens to other bytes, or not at all. */
const cipher = vi.hoisted<{ fault: "none" | "blind" | "wrong" | "closed" }>(() => ({ fault: "none" }));

vi.mock("./aes-gcm.js", async (importOriginal) => {
  const original = await importOriginal<typeof AesGcm>();
  const gcmOpen: typeof AesGcm.gcmOpen = (...sealed) => {
    if (cipher.fault === "blind") return Buffer.from("self-test");
    if (cipher.fault === "closed") return undefined;
    const plaintext = original.gcmOpen(...sealed);
    return cipher.fault === "wrong" ? plaintext?.fill(0) : plaintext;
  };
  return { ...original, gcmOpen };
});

beforeEach(() => {
  cipher.fault = "none";
});

describe("the start-up self-test", () => {
  const ring = createKeyRing([
    { id: "new", state: "active", createTime: undefined, secret: createSecretKey(randomBytes(32)) },
    { id: "old", state: "decrypt-only", createTime: undefined, secret: createSecretKey(randomBytes(32)) },
  ]);

  test("the start-up self-test passes for a sound ring", () => {
    selfTest(ring);
  });

  test.each(["blind", "wrong", "closed"] as const)(
    "the start-up self-test names every key when the cipher is %s",
    (fault) => {
      cipher.fault = fault;
      expect(() => selfTest(ring)).toThrow("key new failed its self-test\n- key old failed its self-test");
    },
  );

  test("the start-up self-test fails when two purposes share a key", () => {
    const mixed: KeyRing = { ...ring, find: (_purpose, id) => ring.find("code-mac", id) };
    expect(() => selfTest(mixed)).toThrow("two keys of the ring are alike");
  });

  test("the start-up self-test fails when the ring lists a key that it does not give", () => {
    const broken: KeyRing = {
      ...ring,
      find: (purpose, id) => (id === "old" ? undefined : ring.find(purpose, id)),
    };
    expect(() => selfTest(broken)).toThrow("key old failed its self-test");
  });
});
