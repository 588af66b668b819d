import { expect, test } from "vitest";
import { loadMigrateConfig } from "./commands/migrate-config.js";
import { loadServiceConfig } from "./service-config.js";

const problemsOf = (loaded: { ok: true } | { ok: false; problems: readonly string[] }) =>
  loaded.ok ? [] : loaded.problems;
const load = (env: Record<string, string>) => problemsOf(loadServiceConfig(env, () => ""));

test.each([
  ["of the service", "SEND_COOLDOWN_SECOND", "SEND_COOLDOWN_SECONDS"],
  ["of a file", "DATABASE_PASWORD_FILE", "DATABASE_PASSWORD_FILE"],
  ["of a second provider", "FALLBACK_SMTP_URI", "FALLBACK_SMTP_URL"],
  ["of the policy", "MFA_REQUIRD", "MFA_REQUIRED"],
])("the service does not start with a misspelt setting %s", (_, given, meant) => {
  expect(load({ [given]: "x" })).toEqual([`"${given}" is set but not read; did you mean ${meant}?`]);
});

test("a variable of another program can stay beside the setting that it resembles", () => {
  expect(load({ LOGLEVEL: "x", LOG_LEVEL: "warn" })).toEqual([]);
});

test("a migration is not run as the wrong role for a misspelt name", () => {
  const env = { MIGRATE_DATABSE_URL: "postgres://owner@db/a", DATABASE_URL: "postgres://app@db/a" };
  expect(problemsOf(loadMigrateConfig(env, () => ""))).toEqual([
    expect.stringContaining("did you mean MIGRATE_DATABASE_URL?"),
  ]);
});
