import { Method } from "@countersign/protocol/countersign/mfa/v1/method_pb.js";
import { expect, test } from "vitest";
import { reasonOf } from "../support/client/errors.js";
import { beginTotp, enrolTotp } from "../support/enrolment/enrolment.js";
import { ChangingSecurity, DEFAULT_MFA_POLICY } from "../support/security.js";
import { startTestService, type TestService } from "../support/service.js";

/** Every row as one line, sorted: what happened, whatever the order of its writes. */
async function rowsOf({ database }: TestService): Promise<string[]> {
  const rows = await database.sql`
    select concat_ws(' ', action, purpose, outcome, method, reason) as line, caller from mfa_audit_events`;
  expect(rows.filter(({ caller }) => caller !== "development")).toEqual([]);
  return rows.map(({ line }) => String(line)).sort();
}

test("a scripted scenario leaves exactly the rows that it should", async () => {
  await using service = await startTestService();
  const { client, clock } = service;
  const { userId, authenticator, backupCodes } = await enrolTotp(client, clock);
  const good = authenticator.code(clock.ms);
  await client.verifyCode({ userId, code: good });
  await client.verifyCode({ userId, code: good });
  await client.verifyCode({ userId, code: backupCodes[0]! });
  for (let wrong = 0; wrong < 3; wrong += 1) await client.verifyCode({ userId, code: "000000" });
  await client.verifyCode({ userId, code: authenticator.code(clock.ms + 30_000) });
  await client.getMfaStatus({ userId });
  await client.isMfaRequired({ userId });
  await expect(client.verifyCode({ userId, code: "x" })).rejects.toSatisfy(reasonOf("INVALID_FIELD"));
  await expect(client.verifyCode({ userId: "nobody", code: good })).rejects.toSatisfy(
    reasonOf("MFA_NOT_ENABLED"),
  );
  await expect(client.setupMfa({ userId, method: Method.TOTP })).rejects.toSatisfy(
    reasonOf("MFA_ALREADY_ENABLED"),
  );
  const { outcome: fresh } = await client.regenerateBackupCodes({ userId, code: backupCodes[1]! });
  if (fresh.case !== "backupCodes") throw new Error("no new backup codes");
  await client.disableMfa({ userId, code: fresh.value.codes[0]! });

  expect(await rowsOf(service)).toEqual(
    [
      "setup_mfa enrol succeeded totp",
      "verify_setup enrol succeeded totp",
      "verify_code verify succeeded totp",
      "verify_code verify rejected totp CODE_REPLAYED",
      "verify_code verify succeeded backup_code",
      "verify_code verify rejected totp INVALID_CODE",
      "verify_code verify rejected totp INVALID_CODE",
      "verify_code verify rejected totp INVALID_CODE",
      "verify_code verify rejected totp TOO_MANY_ATTEMPTS",
      "get_mfa_status read succeeded",
      "is_mfa_required read succeeded",
      "verify_code verify refused INVALID_FIELD",
      "verify_code verify refused MFA_NOT_ENABLED",
      "setup_mfa enrol refused MFA_ALREADY_ENABLED",
      "regenerate_backup_codes change succeeded backup_code",
      "disable_mfa change succeeded backup_code",
    ].sort(),
  );
});

test.each([
  ["logDataAccess", "read"],
  ["logAuthEvents", "enrol verify"],
  ["logDataModifications", "change"],
  ["enabled", "read enrol verify change"],
] as const)(
  "without %s what changed nothing is not audited of %s, and all else is",
  async (name, purposes) => {
    const security = new ChangingSecurity({ audit: { [name]: false } });
    await using service = await startTestService({ config: { security } });
    const { client } = service;
    await client.getMfaStatus({ userId: "alice" });
    await client.isMfaRequired({ userId: "alice" });
    await expect(client.verifySetup({ userId: "alice", code: "123456" })).rejects.toThrow();
    await expect(client.verifyCode({ userId: "alice", code: "123456" })).rejects.toThrow();
    await expect(client.disableMfa({ userId: "alice", code: "123456" })).rejects.toThrow();
    const left = ["read", "read", "enrol", "verify", "change"].filter(
      (each) => !purposes.split(" ").includes(each),
    );
    const { userId } = await beginTotp(client);
    expect((await client.verifySetup({ userId, code: "000000" })).outcome.case).toBe("rejected");
    const rows = await service.database.sql`select purpose from mfa_audit_events`;
    expect(rows.map(({ purpose }) => purpose as string).sort()).toEqual([...left, "enrol", "enrol"].sort());
  },
);

test("without its audit row no login, enrolment or change takes effect, and no status is told", async () => {
  const policy = { ...DEFAULT_MFA_POLICY, maxAttempts: 100 };
  await using service = await startTestService({ overrides: { policy: () => policy } });
  const { client, clock, database } = service;
  const { userId, authenticator, backupCodes } = await enrolTotp(client, clock);
  const pending = await beginTotp(client);
  const before = await durableState(service);
  // Nobody may add rows any more: the service runs as a superuser here, whom no REVOKE binds.
  await database.sql`create function refuse() returns trigger language plpgsql as $$ begin raise insufficient_privilege; end $$`;
  await database.sql`create trigger refuse before insert on mfa_audit_events for each row execute function refuse()`;

  const code = authenticator.code(clock.ms);
  const calls = [
    () => client.verifyCode({ userId, code }),
    () => client.verifyCode({ userId, code: backupCodes[0]! }),
    () => client.verifyCode({ userId, code: "00000000" }),
    () => client.disableMfa({ userId, code }),
    () => client.regenerateBackupCodes({ userId, code }),
    () => client.verifySetup({ userId: pending.userId, code: pending.authenticator.code(clock.ms) }),
    () => client.setupMfa({ userId: "newcomer", method: Method.TOTP }),
    () => client.getMfaStatus({ userId }),
    () => client.isMfaRequired({ userId }),
  ];
  for (const call of calls) await expect(call()).rejects.toSatisfy(reasonOf("INTERNAL"));
  expect(await durableState(service)).toEqual(before);

  await database.sql`drop trigger refuse on mfa_audit_events`;
  expect((await client.verifyCode({ userId, code })).outcome.case).toBe("approved");
});

async function durableState({ database }: TestService): Promise<unknown> {
  const { sql } = database;
  return [
    await sql`select * from mfa_settings order by user_id`,
    await sql`select * from mfa_factors order by user_id`,
    await sql`select * from mfa_recovery_codes order by user_id, code_hash`,
    await sql`select * from mfa_audit_subjects order by user_id`,
  ].map((rows) => [...rows]);
}

test("line breaks, terminal sequences and quotes of an end user stay inside their column", async () => {
  await using service = await startTestService();
  const { client, clock, database } = service;
  const { userId } = await enrolTotp(client, clock);
  const userAgent = 'curl/8\r\n{"forged":true}\u001b[2J\u202e"\u0000';
  await client.verifyCode({ userId, code: "000000", context: { userAgent, ipAddress: "2001:db8::1" } });
  const [row] =
    await database.sql`select user_agent, ip_address from mfa_audit_events where user_agent is not null`;
  expect(row?.user_agent).toBe('curl/8\uFFFD\uFFFD{"forged":true}\uFFFD[2J\uFFFD"\uFFFD');
  expect(row?.ip_address).toBe("2001:db8::1");
});
