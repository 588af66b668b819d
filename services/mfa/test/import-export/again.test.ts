import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { migrate } from "../../src/storage/postgres/schema/migrate.js";
import { startCommand } from "../support/command.js";
import { authenticatorFor } from "../support/enrolment/authenticator.js";
import { beginTotp, type Enrolled } from "../support/enrolment/enrolment.js";
import { startTestService, type TestService } from "../support/service.js";
import { createRole } from "../support/stores/roles.js";
import { importExportCommand, importText } from "./support/import-export-command.js";
import { jsonLines, keyUri } from "./support/users.js";

let service: TestService;
beforeAll(async () => {
  service = await startTestService();
});
afterAll(() => service[Symbol.asyncDispose]());

let prefixes = 0;
/** Users of a test's own. */
function usersOf(count: number) {
  prefixes += 1;
  return Array.from({ length: count }, (_, n) => ({
    user_id: `again-${prefixes}-${String(n).padStart(4, "0")}`,
    otpauth_uri: keyUri(),
  }));
}
type Users = ReturnType<typeof usersOf>;

/** Rows of each kind that these users have. */
async function rowsOf(users: Users) {
  const ids = users.map(({ user_id }) => user_id);
  const { sql } = service.database;
  const [row] = await sql`
    select (select count(*)::int from mfa_settings where is_enabled and user_id in ${sql(ids)}) as enabled,
      (select count(*)::int from mfa_factors where user_id in ${sql(ids)}) as factors,
      (select count(*)::int from mfa_audit_events join mfa_audit_subjects using (user_ref)
        where user_id in ${sql(ids)} and action = 'import_user') as events`;
  return { ...row };
}
const once = (users: Users) => ({ enabled: users.length, factors: users.length, events: users.length });

async function logIn({ user_id: userId, otpauth_uri }: Users[number]) {
  service.clock.advance(60);
  const code = authenticatorFor(otpauth_uri).code(service.clock.ms);
  return (await service.client.verifyCode({ userId, code })).outcome.case;
}

test("a second run finds everybody there, also who has logged in and spent a backup code since", async () => {
  const users = usersOf(5).map((user) => ({ ...user, backup_codes: ["ab12-cd34-ef56", "0123-4567-89ab"] }));
  await importText(service, jsonLines(users));
  const [first] = users;
  expect(await logIn(first!)).toBe("approved");
  const code = first!.backup_codes[0]!;
  await service.client.verifyCode({ userId: first!.user_id, code });
  expect(await importText(service, jsonLines(users))).toMatchObject({
    exitCode: 0,
    printed: "0 users imported, 5 were there as given, 0 lines refused",
  });
  expect(await rowsOf(users)).toEqual(once(users));
  const { backupCodesRemaining } = await service.client.getMfaStatus({ userId: first!.user_id });
  expect(backupCodesRemaining).toBe(1);
});

test("an import that was killed half-way is run again, and no user is in twice or left out", async () => {
  // The process that is killed has the machine's clock: a replay counter of its own would lie ahead of the test's.
  const users = usersOf(40).map((user) => ({ ...user, last_accepted: 1 }));
  const env = {
    DATABASE_URL: service.database.url,
    ENCRYPTION_KEY: service.config.encryptionKey!,
  };
  const args = ["import", "-", "--format", "jsonl", "--reason", "ticket 4711", "--batch-size", "10"];
  const run = startCommand(args, env, { stdin: "pipe" });
  run.child.stdin?.write(jsonLines(users.slice(0, 25)));
  await expect.poll(async () => (await rowsOf(users)).enabled as number).toBe(20);
  run.child.kill("SIGKILL");
  expect(await run.ended()).toBeNull();

  const { exitCode, printed } = await importText(service, jsonLines(users), "--batch-size", "7");
  expect({ exitCode, printed }).toEqual({
    exitCode: 0,
    printed: "20 users imported, 20 were there as given, 0 lines refused",
  });
  expect(await rowsOf(users)).toEqual(once(users));
  expect(await logIn(users[0]!)).toBe("approved");
  expect(await logIn(users[39]!)).toBe("approved");
});

test("two concurrent runs share the work: each user is imported exactly once", async () => {
  const users = usersOf(120);
  const runs = await Promise.all(
    [users, users.toReversed()].map((each, index) =>
      importText(service, jsonLines(each), "--batch-size", String(15 + index), "--json"),
    ),
  );
  const ends = runs.map(
    ({ printed }) => JSON.parse(printed.split("\n").at(-1) ?? "") as { imported: number; refused: number },
  );
  expect(ends.map(({ refused }) => refused)).toEqual([0, 0]);
  expect(ends[0]!.imported + ends[1]!.imported).toBe(users.length);
  expect(await rowsOf(users)).toEqual(once(users));
});

test("two lines about one user: the same again is there, another is refused", async () => {
  const [user] = usersOf(1);
  const lines = [user!, user!, { ...user!, otpauth_uri: keyUri() }];
  const { printed } = await importText(service, jsonLines(lines));
  expect(printed).toBe(
    "line 3: user_id has another active factor here: reset it first\n" +
      "1 users imported, 1 were there as given, 1 lines refused",
  );
  expect(await logIn(user!)).toBe("approved");
});

describe("beside the live service", () => {
  test("an enrolment that is pending gives way, and its code confirms nothing any more", async () => {
    const [user] = usersOf(1);
    const pending = await beginTotp(service.client, user!.user_id);
    expect((await importText(service, jsonLines([user!]))).exitCode).toBe(0);
    const code = pending.authenticator.code(service.clock.ms);
    await expect(service.client.verifySetup({ userId: pending.userId, code })).rejects.toThrow();
    expect(await logIn(user!)).toBe("approved");
    await service.client.verifyCode({ userId: pending.userId, code: pending.backupCodes[0]! });
    const { backupCodesRemaining } = await service.client.getMfaStatus({ userId: pending.userId });
    expect(backupCodesRemaining).toBe(0);
  });

  test("an import beside the live service races enrolments that are being confirmed: one factor wins whole, and the report says which", async () => {
    const users = usersOf(10);
    const pending: Enrolled[] = [];
    for (const { user_id } of users) pending.push(await beginTotp(service.client, user_id));
    const [{ printed }, ...confirmed] = await Promise.all([
      importText(service, jsonLines(users), "--batch-size", "3"),
      ...pending.map(({ userId, authenticator }) =>
        service.client.verifySetup({ userId, code: authenticator.code(service.clock.ms) }).then(
          ({ outcome }) => outcome.case === "enabled",
          () => false,
        ),
      ),
    ]);
    const won = confirmed.filter(Boolean).length;
    expect(printed.split("\n").at(-1)).toBe(
      `${users.length - won} users imported, 0 were there as given, ${won} lines refused`,
    );
    for (const [index, user] of users.entries()) {
      const own = confirmed[index] ? pending[index]!.authenticator : authenticatorFor(user.otpauth_uri);
      service.clock.advance(60);
      const code = own.code(service.clock.ms);
      const { outcome } = await service.client.verifyCode({ userId: user.user_id, code });
      expect(outcome.case).toBe("approved");
    }
  });

  test("an import beside the live service needs no more rights than the service has", async () => {
    await using role = await createRole(service.database);
    await migrate({ url: service.database.url }, role.name);
    const stores = { ...service.config.stores!, database: { url: role.urlOf(service.database.url) } };
    const asService = { ...service, config: { ...service.config, stores } };
    expect(await importText(asService, jsonLines(usersOf(2)))).toMatchObject({ exitCode: 0 });
  });

  test("a database that fails on the way ends the run, says how far it came, and loses nothing", async () => {
    const users = usersOf(30);
    const { sql } = service.database;
    async function* lines() {
      yield Buffer.from(jsonLines(users.slice(0, 15)));
      await sql`alter table mfa_recovery_codes rename to away`;
      yield Buffer.from(jsonLines(users.slice(15)));
    }
    const args = ["-", "--format", "jsonl", "--reason", "x", "--batch-size", "10"];
    const { exitCode, noted } = await importExportCommand(service, "import", args, lines());
    await sql`alter table away rename to mfa_recovery_codes`;
    expect(exitCode).toBe(1);
    expect(noted).toContain("stopped after 10 lines: 10 users imported");
    expect(await rowsOf(users)).toEqual({ enabled: 10, factors: 10, events: 10 });
    expect(await importText(service, jsonLines(users))).toMatchObject({ exitCode: 0 });
    expect(await rowsOf(users)).toEqual(once(users));
  });
});
