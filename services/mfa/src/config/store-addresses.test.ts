import { describe, expect, test } from "vitest";
import { loadServiceConfig } from "./service-config.js";

const STORES = { DATABASE_URL: "postgres://db/x", REDIS_URL: "redis://cache" };
const FILES: Readonly<Record<string, string>> = { "/pg/password": "p@ss\n", "/redis/password": "s/cret\n" };

function load(env: Readonly<Record<string, string>>) {
  return loadServiceConfig({ ...STORES, ...env }, (path) => FILES[path] ?? "");
}

function problemsOf(env: Readonly<Record<string, string>>): readonly string[] {
  const loaded = load(env);
  return loaded.ok ? [] : loaded.problems;
}

test("credentials come from settings and files of their own, as operators of databases make them", () => {
  const env = {
    DATABASE_USERNAME: "app",
    DATABASE_PASSWORD_FILE: "/pg/password",
    REDIS_USERNAME: "mfa",
    REDIS_PASSWORD_FILE: "/redis/password",
  };
  expect(load(env)).toMatchObject({
    config: {
      stores: {
        database: { username: "app", password: "p@ss" },
        redis: { username: "mfa", password: "s/cret" },
      },
    },
  });
});

describe("what is wrong with an address is told by the name of its setting and without its value", () => {
  test.each([
    [
      { DATABASE_URL: "postgres://u:hunter2@db/x", DATABASE_PASSWORD: "hunter2" },
      /^DATABASE_URL has a password/,
    ],
    [{ DATABASE_URL: "postgres://u:hunter2@db/x?sslmode=prefer" }, /^DATABASE_URL must have an sslmode/],
    [{ DATABASE_TLS_CA: "hunter2" }, /^DATABASE_URL needs sslmode=verify-full/],
    [{ REDIS_URL: "redis://:hunter2@one,two" }, /^REDIS_URL names several hosts/],
    [{ REDIS_TLS_CA: "hunter2" }, /^REDIS_URL must begin with rediss/],
    [{ REDIS_SENTINEL_PASSWORD: "hunter2" }, /^REDIS_URL must name Sentinels/],
    [{ REDIS_KEY_PREFIX: "mfa{1}:" }, /^REDIS_KEY_PREFIX must not have braces/],
  ])(
    "what is wrong with an address is told by the name of its setting and without its value: %j",
    (env, problem) => {
      const problems = problemsOf(env);
      expect(problems.filter((each) => problem.test(each))).toHaveLength(1);
      expect(problems.join()).not.toContain("hunter2");
    },
  );
});

test("credentials of a store that is not named are refused", () => {
  expect(problemsOf({ DATABASE_URL: "", DATABASE_PASSWORD: "x" })).toContain(
    "DATABASE_URL is required with its credentials and its certificate authority",
  );
  expect(problemsOf({ REDIS_URL: "", REDIS_TLS_CA: "x" })).toContain(
    "REDIS_URL is required with its credentials and its certificate authority",
  );
});
