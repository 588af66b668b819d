import { randomUUID } from "node:crypto";
import { expect, test } from "vitest";
import { timeOfUuidV7, uuidV7 } from "./uuid-v7.js";

test("an id has the form of RFC 9562 and contains its time", () => {
  const at = new Date("2026-11-23T12:00:10.123Z");
  const id = uuidV7(at, randomUUID());
  expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  expect(timeOfUuidV7(id)).toEqual(at);
});

test("an id is the example of RFC 9562 appendix A.6", () => {
  const random = "ffffffff-ffff-4cc3-98c4-dc0c0c07398f";
  expect(uuidV7(new Date(0x017f22e279b0), random)).toBe("017f22e2-79b0-7cc3-98c4-dc0c0c07398f");
});

test("ids of later milliseconds sort after, as text too", () => {
  const [early, late] = [1_000, 1_001].map((ms) => uuidV7(new Date(ms), randomUUID()));
  expect(early! < late!).toBe(true);
});
