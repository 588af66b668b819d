import { describe, expect, test } from "vitest";
import { loadServiceConfig } from "./service-config.js";

const noFiles = () => {
  throw new Error("no such file");
};
const load = (env: Record<string, string>, readFile: (path: string) => string = noFiles) =>
  loadServiceConfig(env, readFile);

describe("without any configuration", () => {
  test("the embedded default runs on loopback", () => {
    expect(load({})).toMatchObject({
      ok: true,
      config: {
        environment: "development",
        host: "127.0.0.1",
        port: 50_051,
        adminPort: 9_090,
        stores: undefined,
      },
    });
  });

  test("it is not served beyond loopback", () => {
    expect(load({ HOST: "0.0.0.0" })).toMatchObject({
      ok: false,
      problems: [expect.stringContaining("HOST")],
    });
  });

  test("production refuses it, naming everything that is missing at once", () => {
    const loaded = load({ ENVIRONMENT: "production" });
    const problems = loaded.ok ? [] : loaded.problems.join("\n");
    expect(problems).toContain("DATABASE_URL");
    expect(problems).toContain("ENCRYPTION_KEY");
  });
});

test("one store without the other is refused", () => {
  expect(load({ DATABASE_URL: "postgres://db/x" })).toMatchObject({
    ok: false,
    problems: [expect.stringMatching("REDIS_URL")],
  });
  expect(load({ REDIS_URL: "redis://cache" })).toMatchObject({
    ok: false,
    problems: [expect.stringMatching("DATABASE_URL")],
  });
});

test("every problem is reported together, by name and never by value", () => {
  const loaded = load({
    PORT: "70000",
    ENVIRONMENT: "prod",
    DATABASE_URL: "mysql://u:hunter2@db",
    LOG_LEVEL: "loud",
  });
  const problems = loaded.ok ? [] : loaded.problems;
  for (const name of ["PORT", "ENVIRONMENT", "DATABASE_URL", "LOG_LEVEL"]) {
    expect(problems.filter((problem) => problem.startsWith(name))).not.toHaveLength(0);
  }
  expect(problems.join()).not.toContain("hunter2");
});

describe("NAME_FILE", () => {
  const env = { DATABASE_URL_FILE: "/secret/url", REDIS_URL: "redis://cache" };

  test("is read in place of NAME, without its last newline", () => {
    const loaded = load(env, (path) => (path === "/secret/url" ? "postgres://u:p@db/x\n" : noFiles()));
    expect(loaded).toMatchObject({ ok: true, config: { stores: { databaseUrl: "postgres://u:p@db/x" } } });
  });

  test("that cannot be read, is empty, or comes with NAME too is a problem", () => {
    expect(load(env).ok).toBe(false);
    expect(load(env, () => "\n").ok).toBe(false);
    expect(load({ ...env, DATABASE_URL: "postgres://db/x" }, () => "postgres://db/x").ok).toBe(false);
  });
});

test.each(["-1", "1e3", "0x10", " 80", "80.5", "99999"])("PORT %j is refused", (PORT) => {
  expect(load({ PORT }).ok).toBe(false);
});
