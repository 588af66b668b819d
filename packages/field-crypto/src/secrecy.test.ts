import { randomBytes } from "node:crypto";
import { inspect } from "node:util";
import { expect, test } from "vitest";
import { createFieldCipher } from "./field-cipher.js";
import { KEY_PURPOSES } from "./key-purpose.js";
import { createKeyRing, keyRingFromMasterKey } from "./key-ring.js";
import { createMac } from "./mac.js";
import { masterKeyFromBase64 } from "./master-key.js";

function thrownBy(action: () => unknown): unknown {
  try {
    return action();
  } catch (error) {
    return error;
  }
}

function printed(value: unknown): string {
  const everything = {
    showHidden: true,
    depth: null,
    showProxy: true,
    getters: true,
    maxArrayLength: null,
  } as const;
  const stack = value instanceof Error ? `${value.stack} ${value.message}` : "";
  return [inspect(value), inspect(value, everything), JSON.stringify(value), String(value), stack].join("\n");
}

function encodingsOf(secret: Buffer): string[] {
  const bytes = [...secret].join(",");
  const spaced = inspect(secret).slice(8, 56);
  return [
    secret.toString("hex"),
    secret.toString("base64"),
    secret.toString("base64url"),
    secret.toString("latin1"),
    bytes,
    spaced,
  ];
}

test("keys, rings, ciphers and MACs print no secret, whichever way", () => {
  const base64 = randomBytes(32).toString("base64");
  const master = masterKeyFromBase64(base64);
  const ring = keyRingFromMasterKey(base64);
  const keys = KEY_PURPOSES.map((purpose) => ring.active(purpose));
  const secrets = [Buffer.from(base64, "base64"), ...keys.map((key) => key.secret.export())].flatMap(
    encodingsOf,
  );
  const output = printed([
    master,
    createKeyRing([master]),
    ring,
    keys,
    createFieldCipher(ring),
    createMac(ring, "code-mac"),
  ]);
  expect(output).toContain(master.id);
  expect(secrets.filter((secret) => output.includes(secret))).toEqual([]);
});

test("errors name neither secrets nor plaintext nor context", () => {
  const base64 = randomBytes(32).toString("base64");
  const master = masterKeyFromBase64(base64);
  const cipher = createFieldCipher(createKeyRing([master]));
  const envelope = cipher.seal("the-plaintext", { owner: "the-owner", field: "the-field" });
  const errors = [
    thrownBy(() => keyRingFromMasterKey(`${base64}${base64}`)),
    thrownBy(() => keyRingFromMasterKey(base64.slice(1))),
    thrownBy(() => createKeyRing([master, { ...master, id: "twin" }])),
    thrownBy(() => cipher.open(envelope, { owner: "the-other", field: "the-field" })),
    thrownBy(() => cipher.open(envelope.subarray(9), { owner: "the-owner", field: "the-field" })),
    thrownBy(() => cipher.seal("the-plaintext\ud800", { owner: "the-owner", field: "the-field" })),
  ];
  expect(errors.every((error) => error instanceof Error)).toBe(true);
  const output = errors.map(printed).join("\n");
  const secrets = [
    base64,
    base64.slice(1),
    envelope.toString("base64"),
    "the-plaintext",
    "the-owner",
    "the-other",
    "the-field",
  ];
  expect(secrets.filter((secret) => output.includes(secret))).toEqual([]);
});
