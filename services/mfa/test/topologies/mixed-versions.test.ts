import { randomBytes } from "node:crypto";
import { Method } from "@countersign/protocol/countersign/mfa/v1/method_pb.js";
import { RejectionReason } from "@countersign/protocol/countersign/mfa/v1/rejection_pb.js";
import { describe, expect, test } from "vitest";
import { rejectedFor } from "../support/client/outcomes.js";
import { MAIN } from "../support/command.js";
import { beginTotp, type Enrolled } from "../support/enrolment/enrolment.js";
import { createEmptyDatabase, type TestDatabase } from "../support/stores/database.js";
import { createTestRedis, type TestRedis } from "../support/stores/redis.js";
import { Logins } from "./support/logins.js";
import { newerProgram } from "./support/program.js";
import type { Code } from "./support/right-codes.js";
import { type RunningProgram, runProgram, serve } from "./support/running-program.js";

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

function environment(database: TestDatabase, redis: TestRedis): Record<string, string> {
  return {
    DATABASE_URL: database.url,
    REDIS_URL: redis.url,
    REDIS_KEY_PREFIX: redis.keyPrefix,
    ENCRYPTION_KEY: randomBytes(32).toString("base64"),
    // The program before has plans of statements when the schema changes under it.
    DB_PREPARED_STATEMENTS: "true",
    SEND_COOLDOWN_SECONDS: "0",
    RATE_LIMIT_ENABLED: "false",
    MFA_BACKUP_CODES_COUNT: "6",
  };
}

describe("beside the program of the version before, while the schema is expanded under its logins", () => {
  test("users of either log in by the other, each code once, and either finds the audit log whole", async () => {
    await using database = await createEmptyDatabase();
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
    await using database = await createEmptyDatabase();
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
