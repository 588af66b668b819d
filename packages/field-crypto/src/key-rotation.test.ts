import { describe, expect, test } from "vitest";
import { withKeyAdded, withKeyPromoted, withKeyRemoved, withKeyRetired } from "./key-rotation.js";
import type { KeyInfo } from "./master-key.js";

const createTime = new Date("2026-01-31T12:00:00Z");
const keys: readonly KeyInfo[] = [
  { id: "now", state: "active", createTime },
  { id: "old", state: "decrypt-only", createTime },
  { id: "gone", state: "retired", createTime },
];

const states = (after: readonly KeyInfo[]) => after.map(({ id, state }) => `${id} ${state}`);

describe("a rotation step", () => {
  test("a rotation step adds a key that does not seal yet, whatever state it came with", () => {
    const after = withKeyAdded(keys, { id: "new", state: "active", createTime });
    expect(states(after)).toEqual(["now active", "old decrypt-only", "gone retired", "new decrypt-only"]);
    expect(() => withKeyAdded(keys, { id: "gone", state: "active", createTime })).toThrow(
      "key gone already exists",
    );
    expect(() => withKeyAdded(keys, { id: "primary", state: "active", createTime })).toThrow(
      "a key id must match",
    );
  });

  test("a rotation step promotes a key and leaves the former one to open", () => {
    expect(states(withKeyPromoted(keys, "old"))).toEqual(["now decrypt-only", "old active", "gone retired"]);
    expect(withKeyPromoted(keys, "now")).toEqual(keys);
    expect(() => withKeyPromoted(keys, "gone")).toThrow("key gone is retired and cannot be active");
    expect(() => withKeyPromoted(keys, "nobody")).toThrow("there is no such key");
  });

  test("a rotation step retires a key, but not the active one", () => {
    expect(states(withKeyRetired(keys, "old"))).toEqual(["now active", "old retired", "gone retired"]);
    expect(() => withKeyRetired(keys, "now")).toThrow("key now is active: promote another first");
  });

  test("a rotation step removes a key only after it was retired", () => {
    expect(states(withKeyRemoved(keys, "gone"))).toEqual(["now active", "old decrypt-only"]);
    expect(() => withKeyRemoved(keys, "old")).toThrow("key old is in use: retire it first");
    expect(() => withKeyRemoved(keys, "now")).toThrow("key now is in use: retire it first");
  });
});
