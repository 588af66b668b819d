import { createSecretKey, randomBytes } from "node:crypto";
import { describe, expect, test } from "vitest";
import { KEY_PURPOSES } from "./key-purpose.js";
import { createKeyRing, keyRingFromMasterKey } from "./key-ring.js";
import { KeyRingError } from "./key-ring-error.js";
import type { KeyState, MasterKey } from "./master-key.js";
import { EXAMPLE_KEYS } from "./weak-secret.js";

function key(id: string, state: KeyState, createTime?: Date): MasterKey {
  return { id, state, createTime, secret: createSecretKey(randomBytes(32)) };
}

function problemsOf(make: () => unknown): readonly string[] {
  try {
    make();
    return [];
  } catch (error) {
    if (error instanceof KeyRingError) return error.problems;
    throw error;
  }
}

describe("a key ring", () => {
  const ring = createKeyRing([
    key("old", "decrypt-only", new Date("2026-01-01")),
    key("ancient", "decrypt-only"),
    key("gone", "retired", new Date("2025-01-01")),
    key("next", "decrypt-only", new Date("2026-09-01")),
    key("now", "active", new Date("2026-03-01")),
  ]);

  test.each(KEY_PURPOSES)(
    "a key ring gives the usable keys of %s, the active one first, then from new to old",
    (purpose) => {
      expect(ring.ids(purpose)).toEqual(["now", "next", "old", "ancient"]);
      expect(ring.active(purpose).id).toBe("now");
      expect(ring.find(purpose, "old")?.state).toBe("decrypt-only");
    },
  );

  test("a key ring finds neither a retired nor an unknown key, but lists the retired one", () => {
    expect(ring.find("field-encryption", "gone")).toBeUndefined();
    expect(ring.find("field-encryption", "nobody")).toBeUndefined();
    expect(ring.find("field-encryption", "")).toBeUndefined();
    expect(ring.keys).toContainEqual({ id: "gone", state: "retired", createTime: new Date("2025-01-01") });
  });

  test("a key ring has a key of its own for each purpose and master key", () => {
    const secrets = KEY_PURPOSES.flatMap((purpose) =>
      ring.ids(purpose).map((id) => ring.find(purpose, id)?.secret.export().toString("hex")),
    );
    expect(new Set(secrets).size).toBe(KEY_PURPOSES.length * 4);
  });

  test("a key ring is refused without keys, and without exactly one active key", () => {
    expect(problemsOf(() => createKeyRing([]))).toEqual([
      "there is no key",
      "exactly one key must be active, not 0",
    ]);
    expect(problemsOf(() => createKeyRing([key("a", "retired")]))).toEqual([
      "exactly one key must be active, not 0",
    ]);
    expect(problemsOf(() => createKeyRing([key("a", "active"), key("b", "active")]))).toEqual([
      "exactly one key must be active, not 2",
    ]);
  });

  test("a key ring is refused with all its problems together: a bad id, an id twice, a secret twice", () => {
    const one = key("one", "active");
    expect(problemsOf(() => createKeyRing([one, key("one", "decrypt-only"), { ...one, id: "Two" }]))).toEqual(
      [
        "key one is there twice",
        "a key id does not match ^(?!primary$)[a-z0-9][a-z0-9-]{0,31}$",
        "keys one and Two have the same secret",
        "exactly one key must be active, not 2",
      ],
    );
  });
});

describe("the ring of one master key", () => {
  test("the ring of one master key names the key by its bytes: the same key alike, another key otherwise", () => {
    const secret = randomBytes(32).toString("base64");
    const [first] = keyRingFromMasterKey(secret).keys;
    const [again] = keyRingFromMasterKey(secret, { createTime: new Date("2026-01-01") }).keys;
    const [other] = keyRingFromMasterKey(randomBytes(32).toString("base64")).keys;
    expect(first).toEqual({
      id: expect.stringMatching(/^[0-9a-f]{16}$/) as string,
      state: "active",
      createTime: undefined,
    });
    expect(again).toEqual({ id: first?.id, state: "active", createTime: new Date("2026-01-01") });
    expect(other?.id).not.toBe(first?.id);
  });

  test.each([
    ["", "has 0 bytes, not 32"],
    [randomBytes(31).toString("base64"), "has 31 bytes, not 32"],
    [randomBytes(33).toString("base64"), "has 33 bytes, not 32"],
    ["changeme", "has 6 bytes, not 32"],
    ["change me!", "is not standard base64 with padding"],
    [randomBytes(32).toString("hex"), "has 48 bytes, not 32"],
    [`${randomBytes(32).toString("base64")}\n`, "is not standard base64 with padding"],
    [randomBytes(32).toString("base64").slice(0, -1), "is not standard base64 with padding"],
    [Buffer.alloc(32).toString("base64"), "is not random"],
    [Buffer.alloc(32, 0xa5).toString("base64"), "is not random"],
    [Buffer.alloc(32, "changeme").toString("base64"), "is not random"],
    [Buffer.alloc(32, randomBytes(8)).toString("base64"), "is not random"],
    [Buffer.from(Array.from({ length: 32 }, (_, index) => index)).toString("base64"), "is not random"],
    [Buffer.from(Array.from({ length: 32 }, (_, index) => 255 - index)).toString("base64"), "is not random"],
    [Buffer.from("correct horse battery staple 123").toString("base64"), "is not random"],
  ])("the ring of one master key is refused for %j: it %s", (secret, problem) => {
    const problems = problemsOf(() => keyRingFromMasterKey(secret));
    expect(problems).toEqual([expect.stringContaining(`the master key ${problem}`)]);
  });

  test.each(EXAMPLE_KEYS)(
    "the ring of one master key is refused for %s, which the documentation shows",
    (secret) => {
      expect(problemsOf(() => keyRingFromMasterKey(secret))).toEqual([
        "the master key is an example key from the documentation",
      ]);
    },
  );

  test("the ring of one master key is never refused for a random key", () => {
    for (let round = 0; round < 2000; round++) keyRingFromMasterKey(randomBytes(32).toString("base64"));
  });
});
