import { randomBytes } from "node:crypto";
import { afterEach, expect, test, vi } from "vitest";
import { main } from "../../src/main.js";
import { startTestService } from "../support/service.js";
import { createTestDatabase } from "../support/stores/database.js";

afterEach(() => {
  vi.unstubAllEnvs();
  vi.restoreAllMocks();
});

/** Runs one audit command as an operator would; answers its exit code and all that it printed. */
async function audit(
  env: { readonly databaseUrl: string; readonly key: string },
  ...args: readonly string[]
) {
  vi.stubEnv("DATABASE_URL", env.databaseUrl);
  vi.stubEnv("ENCRYPTION_KEY", env.key);
  let printed = "";
  const print = (text: string | Uint8Array) => {
    printed += String(text);
    return true;
  };
  vi.spyOn(process.stdout, "write").mockImplementation(print);
  vi.spyOn(process.stderr, "write").mockImplementation(print);
  const code = await main(["audit", ...args]);
  vi.restoreAllMocks();
  return { code, printed };
}

test("seals, verifies against the seal noted down, and says what is wrong and where", async () => {
  const start = new Date(Date.now() - 3_600_000);
  await using service = await startTestService({ overrides: { now: () => start } });
  await service.client.getMfaStatus({ userId: "alice" });
  await service.client.getMfaStatus({ userId: "bob" });
  const env = { databaseUrl: service.database.url, key: service.config.encryptionKey! };
  expect((await audit(env, "verify")).code).toBe(1); // an hour old and not sealed
  expect(await audit(env, "seal")).toMatchObject({
    code: 0,
    printed: expect.stringContaining("sealed 2 rows in 1 seals") as string,
  });
  const whole = await audit(env, "verify", "--from", "2020-01-01T00:00:00Z");
  expect(whole).toMatchObject({
    code: 0,
    printed: expect.stringContaining("the audit log is whole") as string,
  });
  const anchor = /newest seal: (\S+)/.exec(whole.printed)![1]!;
  expect((await audit(env, "verify", "--anchor", anchor)).code).toBe(0);
  expect((await audit(env, "verify", "--anchor", `1:${"0".repeat(64)}`)).code).toBe(1);
  expect((await audit(env, "maintain")).printed).toContain("partitions dropped after 365 days: none");

  await service.database
    .sql`update mfa_audit_events set user_agent = E'\u001b[2J' where outcome = 'succeeded'`;
  const broken = await audit(env, "verify");
  expect(broken.code).toBe(1);
  expect(broken.printed).toContain("FAILED: 2 problem(s)");
  expect(broken.printed).toMatch(/PROBLEM row [0-9a-f-]{36} of \S+Z: in the interval of seal 1: edited/);
  expect(broken.printed).not.toContain("\u001b");
});

test("audit refuses what it does not understand, and to work without a database", async () => {
  await using database = await createTestDatabase();
  const env = { databaseUrl: database.url, key: randomBytes(32).toString("base64") };
  expect((await audit(env, "verify", "--from", "yesterday")).code).toBe(2);
  expect((await audit(env, "verify", "--anchor", "1:abc")).code).toBe(2);
  expect((await audit(env)).code).toBe(2);
  expect((await audit({ ...env, databaseUrl: "" }, "verify")).printed).toContain("DATABASE_URL is required");
});
