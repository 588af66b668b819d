import { describe, expect, test } from "vitest";
import { parseUserId } from "./user-id.js";

describe("parseUserId", () => {
  test.each(["a", "*", "%", "Alice", "alice", "user@example.com", "{x}:y", "x".repeat(128)])(
    "parseUserId takes %s byte for byte",
    (id) => {
      expect(parseUserId(id)).toEqual({ ok: true, value: id });
    },
  );

  test.each(["", " ", "a b", "a\n", "a\0", "\t", "é", "ａ", "x".repeat(129)])(
    "parseUserId refuses %j",
    (id) => {
      expect(parseUserId(id).ok).toBe(false);
    },
  );
});
