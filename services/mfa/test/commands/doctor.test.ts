import { randomBytes } from "node:crypto";
import { describe, expect, test } from "vitest";
import { migrate } from "../../src/storage/postgres/schema/migrate.js";
import { CREDENTIALS, SmtpRelay } from "../delivery/smtp-relay.js";
import { createCertificate } from "../support/caller/certificate.js";
import { startCommand } from "../support/command.js";
import { createScratchFolder } from "../support/scratch-folder.js";
import { createTestDatabase } from "../support/stores/database.js";
import { createTestRedis, startRedis } from "../support/stores/redis.js";
import { createRole } from "../support/stores/roles.js";

const ENCRYPTION_KEY = randomBytes(32).toString("base64");

/** Runs `countersign doctor` as operators do. Lines by what they are about. */
async function doctor(env: Readonly<Record<string, string>>) {
  const command = startCommand(["doctor"], env);
  const exitCode = await command.ended();
  const printed = command.stdout() + command.stderr();
  const lines = printed.split("\n").filter((line) => line !== "");
  const of = (level: "ok" | "warning" | "failed") =>
    lines
      .filter((line) => line.startsWith(`${level.padEnd(8)} `))
      .map((line) => line.slice(9).replace(/ +/g, " "));
  const remedies = lines.filter((line) => line.startsWith(" ".repeat(24))).map((line) => line.trim());
  return { exitCode, printed, ok: of("ok"), warnings: of("warning"), failures: of("failed"), remedies };
}

describe("countersign doctor", () => {
  test("countersign doctor on the embedded default finds nothing wrong, and leaves nothing behind", async () => {
    await using folder = await createScratchFolder();
    const found = await doctor({ DATA_DIR: folder.at("never-made") });
    expect(found).toMatchObject({ exitCode: 0, failures: [] });
    expect(found.warnings).toContain("configuration the embedded stores are for development only");
    await expect(folder.put("never-made/x", "")).rejects.toThrow("ENOENT");
  });

  test("countersign doctor on sound parts says of each that it is in order, and no password", async () => {
    await using database = await createTestDatabase();
    await using role = await createRole(database);
    await migrate({ url: database.url }, role.name);
    await using redis = createTestRedis();
    await using folder = await createScratchFolder();
    const certificate = createCertificate();
    await using relay = new SmtpRelay(certificate);
    const smtp = new URL(`smtp://localhost:${await relay.listen()}`);
    smtp.username = CREDENTIALS.user;
    smtp.password = CREDENTIALS.password;
    const JWT_SECRET = randomBytes(32).toString("base64");
    const DATABASE_URL = role.urlOf(database.url);
    const found = await doctor({
      DATABASE_URL,
      REDIS_URL: redis.url,
      ENCRYPTION_KEY,
      SMTP_URL: smtp.href,
      SMTP_FROM: "no-reply@example.com",
      SMTP_CA: certificate.cert,
      TLS_CERT_FILE: await folder.put("tls.crt", certificate.cert),
      TLS_KEY_FILE: await folder.put("tls.key", certificate.key),
      CALLERS_FILE: await folder.put(
        "callers.yaml",
        "callers: [{id: login, jwt_subjects: [login], permissions: [verify, support]}]",
      ),
      CALLER_JWT_ISSUER: "https://issuer.example.com",
      JWT_SECRET,
    });
    // The tests' own Postgres is quick because it is not durable, which is the one thing to find here.
    expect(found.failures).toEqual([
      "postgres synchronous_commit or fsync is off: a crash would let spent codes be used again",
    ]);
    expect(found.ok).toEqual(
      expect.arrayContaining([
        "postgres this role can add to the audit log but not change it",
        expect.stringMatching(
          /^postgres each server opens 12 connections at most .* takes \d+ of all clients$/,
        ),
        "postgres the audit log has its partition for the coming month",
        "email smtp took the login",
        "callers the callers file is sound",
        "callers bearer tokens of https://issuer.example.com for countersign can be verified",
      ]),
    );
    expect(found.ok.join("\n")).toMatch(/^redis .*noeviction/m);
    expect(found.warnings).toContain("tls the certificate expires in 1 day(s)");
    expect(relay.received).toEqual([]);
    for (const secret of [
      JWT_SECRET,
      ENCRYPTION_KEY,
      CREDENTIALS.password,
      smtp.password,
      new URL(DATABASE_URL).password,
    ])
      expect(found.printed).not.toContain(secret);
  });

  test("countersign doctor names everything that is wrong in one run, and the remedies", async () => {
    await using database = await createTestDatabase();
    await using role = await createRole(database);
    await using redis = await startRedis("--maxmemory", "8mb", "--maxmemory-policy", "allkeys-lru");
    await using folder = await createScratchFolder();
    const certificate = createCertificate();
    await using relay = new SmtpRelay(certificate);
    const found = await doctor({
      DATABASE_URL: role.urlOf(database.url),
      REDIS_URL: redis.url,
      KEY_RING_DIR: folder.at("no-keys"),
      SMTP_URL: `smtp://mailer:kanarie@localhost:${await relay.listen()}`,
      SMTP_FROM: "no-reply@example.com",
      SMTP_CA: certificate.cert,
      SMS_WEBHOOK_URL: "https://127.0.0.1:1/sms",
      SMS_WEBHOOK_SECRET: "0123456789abcdef0123456789abcdef",
      CALLERS_FILE: await folder.put(
        "callers.yaml",
        "callers: [{id: login, jwt_subjects: [login], permissions: [verfy]}]",
      ),
      CALLER_JWT_ISSUER: "https://issuer.example.com",
      CALLER_JWKS_URL: "http://127.0.0.1:1/keys",
    });
    expect(found.exitCode).toBe(1);
    const failures = found.failures.join("\n");
    expect(failures).toMatch(/^keys the key folder cannot be read/m);
    expect(failures).toMatch(/^postgres this role may not insert on mfa_audit_events$/m);
    expect(found.remedies).toContain(`countersign migrate --runtime-role ${role.name}`);
    expect(failures).toMatch(/^redis .*noeviction.*allkeys-lru/m);
    expect(failures).toMatch(/^callers CALLERS_FILE: callers\[0\]\.permissions\[0\]/m);
    expect(failures).toMatch(/^email smtp cannot be used: .*535/m);
    expect(failures).toMatch(/^sms sms_webhook cannot be used: .*ECONNREFUSED/m);
    expect(found.printed).not.toContain("kanarie");
  });

  test("countersign doctor finds a schema that is behind, stores that do not answer, and changes nothing", async () => {
    await using database = await createTestDatabase();
    await database.sql`delete from mfa_schema_migrations where version > 1`;
    const found = await doctor({
      DATABASE_URL: database.url,
      REDIS_URL: "redis://127.0.0.1:1",
      ENCRYPTION_KEY,
    });
    expect(found.exitCode).toBe(1);
    expect(found.failures.join("\n")).toMatch(/^postgres the schema is at version 1 and must be at \d+$/m);
    expect(found.remedies).toContain("run countersign migrate");
    expect(found.failures.join("\n")).toMatch(/^redis .*ECONNREFUSED/m);
    expect(await database.sql`select version from mfa_schema_migrations`).toHaveLength(1);
  });
});
