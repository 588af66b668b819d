import { createSecretKey, randomBytes } from "node:crypto";
import { describe, expect, test } from "vitest";
import { createKeyRing, type KeyRing } from "./key-ring.js";
import { selfTest } from "./self-test.js";

describe("the start-up self-test", () => {
  const ring = createKeyRing([
    { id: "new", state: "active", createTime: undefined, secret: createSecretKey(randomBytes(32)) },
    { id: "old", state: "decrypt-only", createTime: undefined, secret: createSecretKey(randomBytes(32)) },
  ]);

  test("passes for a sound ring", () => {
    selfTest(ring);
  });

  test("fails when two purposes share a key", () => {
    const mixed: KeyRing = { ...ring, find: (_purpose, id) => ring.find("code-mac", id) };
    expect(() => selfTest(mixed)).toThrow("two keys of the ring are alike");
  });

  test("fails when the ring lists a key that it does not give", () => {
    const broken: KeyRing = {
      ...ring,
      find: (purpose, id) => (id === "old" ? undefined : ring.find(purpose, id)),
    };
    expect(() => selfTest(broken)).toThrow("key old failed its self-test");
  });
});
