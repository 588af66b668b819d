import { describe, expect, test } from "vitest";
import { flag, integer, optionalText, secret } from "./field-kinds.js";
import { createSettingsReader } from "./settings-reader.js";
import { parsedForm } from "./value-forms.js";

const TABLE = {
  POOL_MAX: integer({ default: 10, min: 1, max: 100, unit: "connections", doc: "" }),
  REFLECTION: flag({ default: true, inProduction: false, doc: "" }),
  TOKEN: secret({ doc: "" }),
  RELAY: optionalText(
    parsedForm<URL>({
      accepts: "a URL",
      parse: (text) =>
        URL.canParse(text) ? { ok: true, value: new URL(text) } : { ok: false, problem: "must be a URL" },
    }),
    { doc: "" },
  ),
} as const;
const FILES: Readonly<Record<string, string>> = { "/token": "hunter2\n", "/empty": "\n" };

function reader(env: Record<string, string>, production = false) {
  const readFile = (path: string) => {
    const text = FILES[path];
    if (text === undefined) throw Object.assign(new Error(path), { code: "ENOENT" });
    return text;
  };
  return createSettingsReader(env, { readFile, production });
}

test("a setting that is not set, or set to nothing, has its default, or that of production", () => {
  const unset = { POOL_MAX: 10, REFLECTION: true, TOKEN: undefined, RELAY: undefined };
  expect(reader({}).read(TABLE)).toEqual(unset);
  expect(reader({ POOL_MAX: "", RELAY: "" }).read(TABLE)).toEqual(unset);
  expect(reader({}, true).read(TABLE)).toEqual({ ...unset, REFLECTION: false });
});

test("values are typed, from the variable or from the file that its twin names", () => {
  const given = reader({ POOL_MAX: "20", TOKEN_FILE: "/token", RELAY: "smtp://relay" }).read(TABLE);
  expect(given.POOL_MAX).toBe(20);
  expect(given.TOKEN?.reveal()).toBe("hunter2");
  expect(given.RELAY?.hostname).toBe("relay");
});

test("a prefix goes before every name", () => {
  expect(
    reader({ POOL_MAX: "2", FALLBACK_POOL_MAX: "3" }).read(TABLE, { prefix: "FALLBACK_" }),
  ).toMatchObject({
    POOL_MAX: 3,
  });
});

describe("problems", () => {
  test.each([
    [{ POOL_MAX: "101" }, "POOL_MAX must be a whole number of connections, 1 to 100"],
    [{ POOL_MAX: "hunter2" }, "POOL_MAX must be a whole number of connections, 1 to 100"],
    [{ REFLECTION: "yes" }, "REFLECTION must be true or false"],
    [{ RELAY: "hunter2" }, "RELAY must be a URL"],
    [{ TOKEN: "hunter2", TOKEN_FILE: "/token" }, "TOKEN is set together with TOKEN_FILE"],
    [{ TOKEN_FILE: "/nowhere" }, "TOKEN_FILE names a file that cannot be read (ENOENT)"],
    [{ TOKEN_FILE: "/empty" }, "TOKEN_FILE names an empty file"],
  ])("name the variable and no value: %j", (env, problem) => {
    const read = reader(env);
    expect(read.read(TABLE)).toEqual(reader({}).read(TABLE));
    expect(read.problems()).toEqual([problem]);
  });

  test("a required setting that is not set is a problem", () => {
    const read = reader({});
    read.read(TABLE, { required: ["RELAY"], prefix: "FALLBACK_" });
    expect(read.problems()).toEqual(["FALLBACK_RELAY is required"]);
  });

  test("problems are all reported, the first one of each name", () => {
    const read = reader({ POOL_MAX: "0", REFLECTION: "1" });
    read.read(TABLE);
    read.report("POOL_MAX", "is too small");
    expect(read.problems()).toEqual([
      expect.stringMatching(/^POOL_MAX must/),
      expect.stringMatching(/^REFLECTION/),
    ]);
  });
});
