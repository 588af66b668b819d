import type { Environment } from "@countersign/settings";
import { describe, expect, it } from "vitest";
import { loadSecurityConfig } from "./load.js";
import { type KeyRingState, securityWarnings } from "./warnings.js";

const NOW = new Date("2026-05-01T00:00:00Z");
const STRONG = {
  ENVIRONMENT: "production",
  SECRET_KEY: "fJ3kQ9zTn7Vw2Lx8Rb5Yc1Hd6Pm4Gs0A",
  JWT_SECRET: "Zq7rT2mWx9LpBv4KsN8dYc3HfJ5gUe6A",
  ENCRYPTION_KEY: "any",
};

function warnings(env: Environment, state: Partial<KeyRingState> = {}) {
  const result = loadSecurityConfig({ env });
  if (!result.ok) throw new Error("refused");
  return securityWarnings(result.config, { now: NOW, ...state });
}

function codes(env: Environment): string[] {
  return warnings(env).map(({ code, fatal }) => (fatal ? `${code} fatal` : code));
}

it("a sound production configuration draws none", () => {
  expect(codes(STRONG)).toEqual([]);
});

it("an empty production configuration draws every warning on keys, each fatal", () => {
  expect(codes({ ENVIRONMENT: "production", DEBUG: "true" })).toEqual([
    "SECRET_KEY_WEAK fatal",
    "JWT_SECRET_WEAK fatal",
    "ENCRYPTION_KEY_MISSING fatal",
    "DEBUG_IN_PRODUCTION fatal",
  ]);
});

it.each(["development", "test", "staging"])(
  "in %s the same keys draw warnings that are not fatal",
  (environment) => {
    const drawn = ["SECRET_KEY_WEAK", "JWT_SECRET_WEAK", "ENCRYPTION_KEY_MISSING"];
    expect(codes({ ENVIRONMENT: environment, DEBUG: "true", HEADERS_ENABLE_HSTS: "false" })).toEqual(drawn);
  },
);

describe.each([
  ["SECRET_KEY", "SECRET_KEY_WEAK fatal"],
  ["JWT_SECRET", "JWT_SECRET_WEAK fatal"],
])("%s is weak", (name, code) => {
  it.each([
    ["one byte too short", "fJ3kQ9zTn7Vw2Lx8Rb5Yc1Hd6Pm4GsX"],
    ["a placeholder", "change-me-fJ3kQ9zTn7Vw2Lx8Rb5Yc1Hd6Pm4Gs0A"],
    ["an example", "your-secret-key-fJ3kQ9zTn7Vw2Lx8Rb5Yc1Hd"],
    ["a default", "DefaultKeyfJ3kQ9zTn7Vw2Lx8Rb5Yc1Hd6Pm4Gs0A"],
    ["one letter over and over", "a".repeat(64)],
  ])("a key is weak when it is %s", (_, value) => {
    expect(codes({ ...STRONG, [name]: value })).toEqual([code]);
  });
});

it("length is counted in bytes", () => {
  expect(codes({ ...STRONG, SECRET_KEY: "äöüßéèêñçåøæ€ŵŷž" })).toEqual([]);
});

it.each([
  ["HS256", 32],
  ["HS384", 48],
  ["HS512", 64],
])("with %s the JWT secret needs %i bytes, as long as the digest", (algorithm, bytes) => {
  const key = "Zq7rT2mWx9LpBv4KsN8dYc3HfJ5gUe6A".repeat(2);
  const env = { ...STRONG, JWT_ALGORITHM: algorithm };
  expect(codes({ ...env, JWT_SECRET: key.slice(0, bytes) })).toEqual([]);
  expect(codes({ ...env, JWT_SECRET: key.slice(0, bytes - 1) })).toEqual(["JWT_SECRET_WEAK fatal"]);
});

it.each([{ HEADERS_ENABLE_HSTS: "false" }, { HEADERS_HSTS_MAX_AGE: "0" }])(
  "HSTS off by %j draws a warning",
  (off) => {
    expect(codes({ ...STRONG, ...off })).toEqual(["HSTS_OFF_IN_PRODUCTION"]);
  },
);

describe("the active key's age", () => {
  const at = (text: string) => warnings(STRONG, { activeKeyCreateTime: new Date(text) });

  it("the active key's age draws a warning once it is over key_rotation_days", () => {
    expect(at("2026-01-31T00:00:00.000Z")).toEqual([]);
    expect(at("2026-01-30T23:59:59.999Z")).toEqual([
      {
        code: "ACTIVE_KEY_TOO_OLD",
        message: "the active encryption key is 90 days old, over the 90 allowed",
        fatal: false,
      },
    ]);
  });

  it("the active key's age draws none when the clock of its maker was ahead", () => {
    expect(at("2026-05-02T00:00:00Z")).toEqual([]);
  });
});

it("keys from elsewhere make up for an ENCRYPTION_KEY that is not set", () => {
  const env = {
    ENVIRONMENT: STRONG.ENVIRONMENT,
    SECRET_KEY: STRONG.SECRET_KEY,
    JWT_SECRET: STRONG.JWT_SECRET,
  };
  expect(codes(env)).toEqual(["ENCRYPTION_KEY_MISSING fatal"]);
  expect(warnings(env, { activeKeyCreateTime: NOW })).toEqual([]);
});

it("loading gives the warnings that need no key ring", () => {
  expect(loadSecurityConfig({ env: { ENVIRONMENT: "production" } })).toMatchObject({
    ok: true,
    warnings: [{ code: "SECRET_KEY_WEAK" }, { code: "JWT_SECRET_WEAK" }, { code: "ENCRYPTION_KEY_MISSING" }],
  });
});
