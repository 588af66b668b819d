import { randomBytes } from "node:crypto";
import {
  createKeyRing,
  generateKey,
  type KeyRing,
  keyRingFromMasterKey,
  type MasterKey,
} from "@countersign/field-crypto";
import { expect, test } from "vitest";
import { SEALED_COLUMNS, type SealContext } from "../domain/crypto/secret-cipher.js";
import type { UserId } from "../domain/user-id.js";
import { createLogger } from "../telemetry/log/logger.js";
import { UNOBSERVED } from "./crypto-observer.js";
import { secretCipher, secretRewrap, userRefs } from "./keyed-ports.js";

const CONTEXT: SealContext = {
  userId: "alice" as UserId,
  factorId: "0d3f4c1e-0000-4000-8000-000000000001",
  column: "email_encrypted",
};
const alarm = { log: createLogger("silent"), observer: UNOBSERVED };

test("a sealed value opens for its user, factor and column, and for no other", () => {
  const cipher = secretCipher(keyRingFromMasterKey(randomBytes(32).toString("base64")), alarm);
  const sealed = cipher.seal("alice@example.com", CONTEXT);
  expect(cipher.open(sealed, CONTEXT)).toBe("alice@example.com");
  const elsewhere: SealContext[] = [
    { ...CONTEXT, userId: "Alice" as UserId },
    { ...CONTEXT, factorId: "0d3f4c1e-0000-4000-8000-000000000002" },
    ...SEALED_COLUMNS.filter((column) => column !== CONTEXT.column).map((column) => ({ ...CONTEXT, column })),
  ];
  const refused = expect.objectContaining({
    reason: "INTERNAL",
    cause: expect.objectContaining({ reason: "authentication-failed" }) as unknown,
  }) as Error;
  for (const context of elsewhere) expect(() => cipher.open(sealed, context)).toThrow(refused);
});

test("re-encryption keeps the value and its place, and leaves alone what the active key sealed", () => {
  const [older, newer] = [key("older"), key("newer")];
  const before = ring({ ...older, state: "active" });
  const after = ring({ ...newer, state: "active" }, older);
  const sealed = secretCipher(before, alarm).seal("seed", CONTEXT);
  const resealed = secretRewrap(after)(sealed, CONTEXT);
  expect(secretCipher(ring({ ...newer, state: "active" }), alarm).open(resealed!, CONTEXT)).toBe("seed");
  expect(secretRewrap(after)(resealed!, CONTEXT)).toBeUndefined();
  expect(() => secretRewrap(after)(sealed, { ...CONTEXT, userId: "bob" as UserId })).toThrow(
    "authentication-failed",
  );
});

test("a user has a pseudonym under every usable key, the one in use first", () => {
  const [older, newer] = [key("older"), key("newer")];
  const [present, past] = userRefs(ring({ ...newer, state: "active" }, older))("alice");
  expect(userRefs(ring({ ...older, state: "active" }))("alice")).toEqual([past]);
  expect(userRefs(ring({ ...newer, state: "active" }))("alice")).toEqual([present]);
  expect(present).not.toBe(past);
});

function key(id: string): MasterKey {
  return generateKey(new Date("2026-01-31T12:00:00Z"), id);
}

function ring(...masters: readonly MasterKey[]): KeyRing {
  return createKeyRing(masters);
}
