import { expect, test } from "vitest";
import { loadMigrateConfig } from "./migrate-config.js";

const noFile = (path: string): string => {
  throw new Error(`no file ${path}`);
};

test("migrates with nothing but the address of the database", () => {
  expect(
    loadMigrateConfig(
      { ENVIRONMENT: "production", DATABASE_URL: "postgres://db/a?sslmode=verify-full" },
      noFile,
    ),
  ).toEqual({
    ok: true,
    config: {
      database: { url: "postgres://db/a?sslmode=verify-full" },
      variable: "DATABASE_URL",
      databaseTimeLimitMs: 3_000,
    },
  });
});

test("prefers the role that owns the schema, from a file", () => {
  const env = { MIGRATE_DATABASE_URL_FILE: "/etc/countersign/postgres/url", DATABASE_URL: "postgres://db/a" };
  expect(loadMigrateConfig(env, () => "postgres://owner@db/a\n")).toMatchObject({
    config: { database: { url: "postgres://owner@db/a" } },
  });
});

test.each([
  [{}, /MIGRATE_DATABASE_URL or DATABASE_URL/],
  [{ MIGRATE_DATABASE_URL: "mysql://db/a", DATABASE_URL: "postgres://db/a" }, /^MIGRATE_DATABASE_URL must/],
  [{ MIGRATE_DATABASE_URL_FILE: "/missing" }, /cannot be read/],
])("a migration refuses %j rather than migrate another database", (env, problem) => {
  const loaded = loadMigrateConfig(env, noFile);
  expect(loaded.ok ? [] : loaded.problems).toEqual([expect.stringMatching(problem)]);
});
