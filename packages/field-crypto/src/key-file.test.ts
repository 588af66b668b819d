import { randomBytes } from "node:crypto";
import { describe, expect, test } from "vitest";
import { generateKey } from "./generate-key.js";
import { encodeKeyFile, parseKeyFile } from "./key-file.js";

const NOW = new Date("2026-01-31T12:00:00.000Z");
const secret = randomBytes(32).toString("base64");
const good = { createTime: "2026-01-31T12:00:00Z", state: "enabled", secret };

describe("a key file", () => {
  test("a key file is the documented JSON", () => {
    const key = generateKey(NOW);
    expect(JSON.parse(encodeKeyFile(key))).toEqual({
      createTime: "2026-01-31T12:00:00.000Z",
      state: "enabled",
      secret: key.secret.export().toString("base64"),
    });
  });

  test.each(["decrypt-only", "retired"] as const)("a key file gives back a %s key as it was", (state) => {
    const key = { ...generateKey(NOW), state };
    const read = parseKeyFile(key.id, encodeKeyFile(key));
    expect(read).toEqual({ ...key, secret: expect.anything() as unknown });
    expect("secret" in read && read.secret.equals(key.secret)).toBe(true);
  });

  test("a key file holds no state of its own for the active key: the primary file says which it is", () => {
    expect(parseKeyFile("k", encodeKeyFile({ ...generateKey(NOW), state: "active" }))).toMatchObject({
      state: "decrypt-only",
    });
  });

  test.each([
    ["", "key k is not a JSON object"],
    [secret, "key k is not a JSON object"],
    ["[]", "key k is not a JSON object"],
    ["null", "key k is not a JSON object"],
    [`{"secret": "${secret}"`, "key k is not a JSON object"],
    [{ ...good, [secret]: 1 }, "key k has a field other than createTime, state, secret"],
    [{ ...good, createTime: undefined }, "key k has no createTime such as 2026-01-31T12:00:00Z"],
    [{ ...good, createTime: "2026-13-31T12:00:00Z" }, "key k has no createTime such as 2026-01-31T12:00:00Z"],
    [{ ...good, createTime: "31 January 2026" }, "key k has no createTime such as 2026-01-31T12:00:00Z"],
    [{ ...good, createTime: 1 }, "key k has no createTime such as 2026-01-31T12:00:00Z"],
    [{ ...good, state: "active" }, 'key k has no state "enabled" or "retired"'],
    [{ ...good, state: undefined }, 'key k has no state "enabled" or "retired"'],
    [{ ...good, secret: 1 }, "the secret of key k is not a string"],
    [{ ...good, secret: secret.slice(4) }, "the secret of key k has 29 bytes, not 32"],
  ])("a key file is refused without quoting it: %j", (content, problem) => {
    const problems = parseKeyFile("k", typeof content === "string" ? content : JSON.stringify(content));
    expect(problems).toEqual([problem]);
  });

  test("a key file is refused with all its problems together", () => {
    expect(parseKeyFile("k", "{}")).toHaveLength(3);
  });
});
