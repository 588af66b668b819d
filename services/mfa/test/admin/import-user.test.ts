import { Method } from "@countersign/protocol/countersign/mfa/v1/method_pb.js";
import { FactorState } from "@countersign/protocol/countersign/mfa/v1/mfa_admin_service_pb.js";
import { RejectionReason } from "@countersign/protocol/countersign/mfa/v1/rejection_pb.js";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { keyUri } from "../import-export/support/users.js";
import { adminClient } from "../support/client/admin-client.js";
import { fieldsAtFault, reasonOf } from "../support/client/errors.js";
import { rejectedFor } from "../support/client/outcomes.js";
import { authenticatorFor } from "../support/enrolment/authenticator.js";
import { enrolTotp } from "../support/enrolment/enrolment.js";
import { Mailbox } from "../support/enrolment/mailbox.js";
import { ChangingSecurity } from "../support/security.js";
import { startTestService, type TestService } from "../support/service.js";

const reason = "came from the old system, ticket 4711";
const mailbox = new Mailbox();
const security = new ChangingSecurity({ mfa: { allowedMethods: ["totp", "sms"] } });
let service: TestService;
beforeAll(async () => {
  service = await startTestService({ config: { security }, overrides: { senders: mailbox } });
});
afterAll(() => service[Symbol.asyncDispose]());

const byUri = (value: string) => ({ case: "otpauthUri", value }) as const;
const byPhone = (value: string) => ({ case: "phoneNumber", value }) as const;

test("a user who is imported logs in with the authenticator and the backup codes that are there already", async () => {
  const [userId, uri] = ["alice", keyUri({ algorithm: "SHA512", digits: 8, period: 60 })];
  const { importTime, expireTime } = await adminClient(service).importUser({
    userId,
    factor: byUri(uri),
    backupCodes: ["ab12-cd34-ef56"],
    reason,
    context: { ipAddress: "192.0.2.7" },
  });
  expect(Number(importTime?.seconds)).toBe(Math.floor(service.clock.ms / 1_000));
  expect(expireTime).toBeUndefined();
  expect(await service.client.getMfaStatus({ userId })).toMatchObject({
    enabled: true,
    verified: true,
    method: Method.TOTP,
    backupCodesRemaining: 1,
  });
  const authenticator = authenticatorFor(uri);
  const early = await service.client.verifyCode({ userId, code: authenticator.code(service.clock.ms) });
  expect(early.outcome).toEqual(rejectedFor(RejectionReason.CODE_REPLAYED));
  service.clock.advance(120);
  for (const code of [authenticator.code(service.clock.ms), "AB12CD34EF56"])
    expect((await service.client.verifyCode({ userId, code })).outcome.case).toBe("approved");

  const [row] = await service.database.sql`
    select e.outcome, e.purpose, e.method, e.caller, e.ip_address, e.details from mfa_audit_events e
    join mfa_audit_subjects s using (user_ref) where s.user_id = ${userId} and e.action = 'import_user'`;
  expect({ ...row }).toEqual({
    outcome: "succeeded",
    purpose: "administer",
    method: "totp",
    caller: "development",
    ip_address: "192.0.2.7",
    details: { reason },
  });
});

test("a phone number gets its codes", async () => {
  await adminClient(service).importUser({ userId: "sid", factor: byPhone("(202) 555-0123"), reason });
  await service.client.sendVerificationCode({ userId: "sid" });
  const { outcome } = await service.client.verifyCode({ userId: "sid", code: mailbox.code("+12025550123") });
  expect(outcome.case).toBe("approved");
});

test("a hardware token that is imported as pending counts once its holder has confirmed it", async () => {
  const [userId, uri] = ["token", keyUri()];
  const request = { userId, factor: byUri(uri), state: FactorState.PENDING, reason };
  const { expireTime } = await adminClient(service).importUser(request);
  expect(Number(expireTime?.seconds)).toBe(Math.floor(service.clock.ms / 1_000) + 600);
  const code = authenticatorFor(uri).code(service.clock.ms);
  await expect(service.client.verifyCode({ userId, code })).rejects.toSatisfy(reasonOf("MFA_NOT_ENABLED"));
  expect((await service.client.verifySetup({ userId, code })).outcome.case).toBe("enabled");
});

test("a user with an active factor is MFA_ALREADY_ENABLED and stays as he is", async () => {
  const { userId, authenticator } = await enrolTotp(service.client, service.clock);
  const dump = async () =>
    JSON.stringify([
      await service.database.sql`select * from mfa_settings where user_id = ${userId}`,
      await service.database.sql`select * from mfa_factors where user_id = ${userId}`,
      await service.database
        .sql`select * from mfa_recovery_codes where user_id = ${userId} order by code_hash`,
    ]);
  const before = await dump();
  const request = { userId, factor: byUri(keyUri()), backupCodes: ["ab12-cd34-ef56"], reason };
  await expect(adminClient(service).importUser(request)).rejects.toSatisfy(reasonOf("MFA_ALREADY_ENABLED"));
  expect(await dump()).toBe(before);
  const code = authenticator.code(service.clock.ms);
  expect((await service.client.verifyCode({ userId, code })).outcome.case).toBe("approved");
});

test("of fifty concurrent calls one imports, and the others say that the user is enrolled", async () => {
  const admin = adminClient(service);
  const uris = Array.from({ length: 50 }, () => keyUri());
  const calls = await Promise.allSettled(
    uris.map((uri) => admin.importUser({ userId: "raced", factor: byUri(uri), reason })),
  );
  const won = calls.flatMap(({ status }, index) => (status === "fulfilled" ? [index] : []));
  expect(won).toHaveLength(1);
  for (const call of calls)
    if (call.status === "rejected") expect(call.reason).toSatisfy(reasonOf("MFA_ALREADY_ENABLED"));
  service.clock.advance(60);
  const code = authenticatorFor(uris[won[0]!]!).code(service.clock.ms);
  expect((await service.client.verifyCode({ userId: "raced", code })).outcome.case).toBe("approved");
});

describe("is as strict as enrolment", () => {
  test.each([
    [
      "a method that the policy does not allow",
      { case: "email", value: "a@example.com" },
      "METHOD_NOT_ALLOWED",
    ],
    ["a landline", byPhone("+390612345678"), "DESTINATION_NOT_ALLOWED"],
    ["a number of another country", byPhone("+447911123456"), "DESTINATION_NOT_ALLOWED"],
  ] as const)("ImportUser is as strict as enrolment: %s", async (_, factor, refused) => {
    const request = { userId: "strict", factor, reason };
    await expect(adminClient(service).importUser(request)).rejects.toSatisfy(reasonOf(refused));
    expect(await service.database.sql`select from mfa_settings where user_id = 'strict'`).toHaveLength(0);
  });

  const factor = byUri(keyUri());
  test.each([
    [{ userId: "a b", factor, reason: "a\nb" }, ["user_id", "reason"]],
    [{ userId: "strict", reason }, ["factor"]],
    [{ userId: "strict", factor: byUri(""), reason }, ["factor"]],
    [{ userId: "strict", factor: byUri("otpauth://hotp/x?secret=x"), reason }, ["otpauth_uri"]],
    [{ userId: "strict", factor: byUri(keyUri({ secret: "GEZDGNBVGY3TQOJQ" })), reason }, ["otpauth_uri"]],
    [{ userId: "strict", factor: byPhone("+1 202;ext=5"), reason }, ["phone_number"]],
    [{ userId: "strict", factor, backupCodes: ["12345678"], reason }, ["backup_codes"]],
    [{ userId: "strict", factor, state: FactorState.UNSPECIFIED, reason }, ["state"]],
    [{ userId: "strict", factor, state: 99 as FactorState, reason }, ["state"]],
    [{ userId: "strict", factor, lastAccepted: -1n, reason }, ["last_accepted"]],
    [{ userId: "strict", factor, lastAccepted: 9_000_000_000n, reason }, ["last_accepted"]],
    [{ userId: "strict", factor, consecutiveFailures: 101, reason }, ["consecutive_failures"]],
  ])("%# names the field", async (request, fields) => {
    const refused = await adminClient(service)
      .importUser(request)
      .catch((error: unknown) => error);
    expect(fieldsAtFault(refused)).toEqual(fields);
    expect(await service.database.sql`select from mfa_settings where user_id = 'strict'`).toHaveLength(0);
  });
});

test("ImportUser changes nothing without its audit row", async () => {
  await using broken = await startTestService();
  const { sql } = broken.database;
  await sql`create function refuse() returns trigger language plpgsql as $$ begin raise insufficient_privilege; end $$`;
  await sql`create trigger refuse before insert on mfa_audit_events for each row execute function refuse()`;
  const request = { userId: "alice", factor: byUri(keyUri()), reason };
  await expect(adminClient(broken).importUser(request)).rejects.toSatisfy(reasonOf("INTERNAL"));
  for (const table of ["mfa_settings", "mfa_factors", "mfa_audit_subjects"])
    expect(await sql`select from ${sql(table)}`).toHaveLength(0);
});
