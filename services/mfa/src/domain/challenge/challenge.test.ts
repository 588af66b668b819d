import { randomBytes } from "node:crypto";
import { expect, test } from "vitest";
import { newChallengeId } from "./challenge.js";

test("ids hold 128 random bits", () => {
  const ids = Array.from({ length: 1_000 }, () => newChallengeId(randomBytes));
  expect(new Set(ids).size).toBe(1_000);
  for (const id of ids) expect(Buffer.from(id, "base64url")).toHaveLength(16);
});
