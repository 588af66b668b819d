import { randomBytes } from "node:crypto";
import { Method } from "@countersign/protocol/countersign/mfa/v1/method_pb.js";
import { RejectionReason } from "@countersign/protocol/countersign/mfa/v1/rejection_pb.js";
import { describe, expect, test } from "vitest";
import { migrate } from "../../src/storage/postgres/migrate.js";
import { knownMigrations } from "../../src/storage/postgres/schema-state.js";
import { recordingLog } from "../net/support/recording-log.js";
import { MAIN } from "../support/command.js";
import { createTestDatabase, type TestDatabase } from "../support/database.js";
import { beginTotp, type Enrolled, enrolTotp } from "../support/enrolment.js";
import { reasonOf } from "../support/errors.js";
import { rejectedFor } from "../support/outcomes.js";
import { createTestRedis, type TestRedis } from "../support/redis.js";
import { createScratchFolder } from "../support/scratch-folder.js";
import { startTestService } from "../support/service.js";
import { Logins } from "./support/logins.js";
import { newerProgram, olderProgram } from "./support/program.js";
import type { Code } from "./support/right-codes.js";
import { type RunningProgram, runProgram, serve } from "./support/running-program.js";
import { isReady } from "./support/start-ready.js";
import { until } from "./support/until.js";

/** A program to run beside this one: an earlier release, or this one itself. */
const PREVIOUS = process.env.PREVIOUS_PROGRAM ?? MAIN;

/** Adds only: what the program before does not know, it does not miss. */
const EXPAND = `
ALTER TABLE "mfa_settings" ADD COLUMN "added_next" text DEFAULT 'new' NOT NULL;
--> statement-breakpoint
CREATE INDEX "mfa_factors_next" ON "mfa_factors" ("method");
--> statement-breakpoint
CREATE TABLE "mfa_next" ("user_id" text PRIMARY KEY NOT NULL);
`;
/** Takes away what this program still uses. */
const CONTRACT = (version: number) => `-- Works with programs from version ${version} on.
ALTER TABLE "mfa_settings" DROP COLUMN "last_used_at";
`;

const CALLER = { id: "login", certificate_names: ["DNS:login.internal"], permissions: ["verify"] };

function environment(database: TestDatabase, redis: TestRedis): Record<string, string> {
  return {
    DATABASE_URL: database.url,
    REDIS_URL: redis.url,
    REDIS_KEY_PREFIX: redis.keyPrefix,
    ENCRYPTION_KEY: randomBytes(32).toString("base64"),
    SEND_COOLDOWN_SECONDS: "0",
    RATE_LIMIT_ENABLED: "false",
  };
}

async function emptyDatabase(): Promise<TestDatabase> {
  const database = await createTestDatabase();
  await database.sql.unsafe("drop schema public cascade; create schema public");
  return database;
}

test("a server that finds an older schema serves once it has been migrated", async () => {
  await using database = await emptyDatabase();
  await using older = await olderProgram();
  await using folder = await createScratchFolder();
  const callers = await folder.put("callers.json", JSON.stringify({ callers: [CALLER] }));
  const log = recordingLog();
  expect(await runProgram(older.main, ["migrate"], { DATABASE_URL: database.url })).toMatchObject({
    exitCode: 0,
  });
  await using service = await startTestService({
    databaseUrl: () => Promise.resolve(database.url),
    config: { environment: "staging", callers: { file: callers, bearer: undefined } },
    overrides: { log },
  });
  expect(await isReady(service)).toBe(false);
  expect(JSON.stringify(log.lines.map(({ fields }) => String(fields.err)))).toContain(
    `the schema is at version ${older.version} and must be at ${older.version + 1}: run countersign migrate`,
  );
  await migrate(database);
  await until(() => isReady(service));
});

test("a schema that is for later programs lets nobody in by this one", async () => {
  await using database = await createTestDatabase();
  const on = { databaseUrl: () => Promise.resolve(database.url) };
  await using before = await startTestService(on);
  const { encryptionKey } = before.config;
  const { userId, authenticator } = await enrolTotp(before.client, before.clock);
  const login = { userId, code: authenticator.code(before.clock.ms) };

  const version = knownMigrations().length + 1;
  await using later = await newerProgram(CONTRACT(version));
  const env = { DATABASE_URL: database.url };
  expect(await runProgram(later.main, ["migrate"], env)).toMatchObject({ exitCode: 0 });
  const check = await runProgram(MAIN, ["migrate", "--check"], env);
  expect(check).toMatchObject({ exitCode: 3 });
  expect(check.printed).toContain(`for programs from version ${version} on`);
  await using service = await startTestService({ ...on, config: { encryptionKey } });
  expect(await isReady(service)).toBe(false);
  await expect(service.client.verifyCode(login)).rejects.toSatisfy(reasonOf("STORE_UNAVAILABLE"));
});

describe("beside the program of the version before, while the schema is expanded under its logins", () => {
  test("users of either log in by the other, each code once, and either finds the audit log whole", async () => {
    await using database = await emptyDatabase();
    await using redis = createTestRedis();
    const env = environment(database, redis);
    expect(await runProgram(PREVIOUS, ["migrate"], env)).toMatchObject({ exitCode: 0 });
    await using next = await newerProgram(EXPAND);
    await using old = await serve(PREVIOUS, env);
    const users = [await enrolNow(old), await enrolNow(old)];

    const logins = new Logins(old.client, users.flatMap(backupCodes));
    // One at a time, as each costs what it costs in production, and a user has three attempts.
    const timer = setInterval(() => {
      if (logins.idle) logins.next();
    }, 100);
    expect(await runProgram(next.main, ["migrate"], env)).toMatchObject({ exitCode: 0 });
    await using current = await serve(next.main, env);
    clearInterval(timer);
    const { approved, lostAnswers } = await logins.finish();
    expect([logins.unavailable, lostAnswers, approved.length > 0]).toEqual([0, 0, true]);
    const again = await current.client.verifyCode(approved[0]!);
    expect(again.outcome).toEqual(rejectedFor(RejectionReason.CODE_REPLAYED));

    const [user] = users;
    const login = { userId: user!.userId, code: user!.authenticator.code(Date.now(), 1) };
    expect((await current.client.verifyCode(login)).outcome.case).toBe("approved");
    expect((await old.client.verifyCode(login)).outcome).toEqual(rejectedFor(RejectionReason.CODE_REPLAYED));
    const later = await enrolNow(current);
    const [first, second] = backupCodes(later);
    expect((await old.client.verifyCode(first!)).outcome.case).toBe("approved");
    expect((await old.client.disableMfa(second!)).outcome.case).toBe("disabled");
    expect(await current.client.getMfaStatus({ userId: later.userId })).toMatchObject({ enabled: false });
    for (const main of [PREVIOUS, next.main]) {
      expect(await runProgram(main, ["audit", "verify"], env)).toMatchObject({ exitCode: 0 });
    }
  });

  test("codes that one sends are good at the other, and the older one starts on the newer schema", async () => {
    await using database = await emptyDatabase();
    await using redis = createTestRedis();
    const env = environment(database, redis);
    await using next = await newerProgram(EXPAND);
    await using current = await serve(next.main, env);
    await using old = await serve(PREVIOUS, env);
    const [userId, email] = ["erin", "erin@example.com"];
    await old.client.setupMfa({ userId, method: Method.EMAIL, email });
    const enrolment = { userId, code: await old.codeFor(email) };
    expect((await current.client.verifySetup(enrolment)).outcome.case).toBe("enabled");
    for (const [sender, checker] of [
      [old, current],
      [current, old],
    ] as const) {
      const requestId = `${userId}-${sender === old}`;
      await sender.client.sendVerificationCode({ userId, requestId });
      await checker.client.sendVerificationCode({ userId, requestId });
      const login = { userId, code: await sender.codeFor(email) };
      expect((await checker.client.verifyCode(login)).outcome.case).toBe("approved");
      expect((await sender.client.verifyCode(login)).outcome.case).toBe("rejected");
    }
  });
});

/** By the clock of the machine, which the programs go by. */
async function enrolNow({ client }: RunningProgram): Promise<Enrolled> {
  const user = await beginTotp(client);
  const code = user.authenticator.code(Date.now());
  expect((await client.verifySetup({ userId: user.userId, code })).outcome.case).toBe("enabled");
  return user;
}

function backupCodes({ userId, backupCodes }: Enrolled): Code[] {
  return backupCodes.map((code) => ({ userId, code }));
}
