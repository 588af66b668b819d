import { describe, expect, test } from "vitest";
import { loadAuditConfig } from "./commands/audit-config.js";
import { loadImportExportConfig } from "./commands/import-export-config.js";
import { loadKeysConfig } from "./commands/keys-config.js";
import { loadMigrateConfig } from "./commands/migrate-config.js";
import { loadServiceConfig } from "./service-config.js";

const noFile = (path: string): never => {
  throw new Error(path);
};
const SECURE = { DATABASE_URL: "postgres://db/x?sslmode=verify-full", REDIS_URL: "rediss://cache" };

/** What production says about TLS to its stores, by variable. */
function refused(env: Record<string, string>, environment = "production"): readonly string[] {
  const loaded = loadServiceConfig({ ENVIRONMENT: environment, ...SECURE, ...env }, noFile);
  return (loaded.ok ? [] : loaded.problems).flatMap(
    (problem) => /^([A-Z_]+) must ask for TLS/.exec(problem)?.[1] ?? [],
  );
}

describe("in production", () => {
  test.each([
    [{ DATABASE_URL: "postgres://db/x" }, ["DATABASE_URL"]],
    [{ DATABASE_URL: "postgres://127.0.0.1,db/x" }, ["DATABASE_URL"]],
    [
      { DATABASE_URL: "postgres://db/x?sslmode=disable", REDIS_URL: "redis://cache" },
      ["DATABASE_URL", "REDIS_URL"],
    ],
    [{ REDIS_URL: "redis+sentinel://127.0.0.1/0?name=x" }, ["REDIS_URL"]],
    [{ REDIS_URL: "redis+cluster://127.0.0.1" }, ["REDIS_URL"]],
  ])("a store in cleartext is a problem: %j", (env, names) => {
    expect(refused(env)).toEqual(names);
    expect(refused({ ...env, ALLOW_CLEARTEXT_STORES: "true" })).toEqual([]);
    expect(refused(env, "staging")).toEqual([]);
  });

  test.each([
    {},
    { DATABASE_URL: "postgres://localhost/x", REDIS_URL: "redis://127.0.0.1" },
    { DATABASE_URL: "postgres://[::1]/x", REDIS_URL: "redis://[::1]:6380" },
    { REDIS_URL: "rediss+sentinel://one/0?name=x" },
  ])("in production over TLS or loopback no store is cleartext: %j", (env) => {
    expect(refused(env)).toEqual([]);
  });

  test.each([
    ["migrate", loadMigrateConfig],
    ["keys", loadKeysConfig],
    ["import and export", loadImportExportConfig],
    ["audit", loadAuditConfig],
  ])("the commands of %s refuse it too", (_, load) => {
    const env = { ENVIRONMENT: "production", DATABASE_URL: "postgres://db/x", KEY_RING_DIR: "/keys" };
    expect(load(env, noFile)).toMatchObject({
      ok: false,
      problems: [expect.stringMatching(/^DATABASE_URL must ask for TLS/)],
    });
    expect(load({ ...env, ALLOW_CLEARTEXT_STORES: "true" }, noFile).ok).toBe(true);
  });
});
