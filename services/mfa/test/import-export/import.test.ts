import { Method } from "@countersign/protocol/countersign/mfa/v1/method_pb.js";
import { RejectionReason } from "@countersign/protocol/countersign/mfa/v1/rejection_pb.js";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { rejectedFor } from "../support/client/outcomes.js";
import { authenticatorFor } from "../support/enrolment/authenticator.js";
import { Mailbox } from "../support/enrolment/mailbox.js";
import { ChangingSecurity } from "../support/security.js";
import { startTestService, type TestService } from "../support/service.js";
import { importText } from "./support/import-export-command.js";
import { freshSecret, jsonLines, keyUri } from "./support/users.js";

const mailbox = new Mailbox();
let service: TestService;
beforeAll(async () => {
  service = await startTestService({
    config: { security: new ChangingSecurity({ mfa: { allowedMethods: ["totp", "sms", "email"] } }) },
    overrides: { senders: mailbox },
  });
});
afterAll(() => service[Symbol.asyncDispose]());

const outcomeOf = async (request: { userId: string; code: string }) =>
  (await service.client.verifyCode(request)).outcome;

/** A user who came without a replay counter waits for the next code but one. */
const afterMark = (periodSeconds = 30) => service.clock.advance(2 * periodSeconds);

describe("an authenticator of another system goes on working", () => {
  test.each([
    {},
    { algorithm: "SHA256", digits: 8, period: 60 },
    { algorithm: "sha512", digits: 6, period: 15, secret: freshSecret(64) },
    { secret: freshSecret(26) },
    { secret: freshSecret(32).toLowerCase(), period: 120 },
  ])("an authenticator of another system goes on working with its own parameters: %j", async (parameters) => {
    const [userId, otpauth_uri] = [`totp-${freshSecret(8)}`, keyUri(parameters)];
    expect(await importText(service, jsonLines([{ user_id: userId, otpauth_uri }]))).toMatchObject({
      exitCode: 0,
      printed: "1 users imported, 0 were there as given, 0 lines refused",
    });
    expect(await service.client.getMfaStatus({ userId })).toMatchObject({
      enabled: true,
      verified: true,
      method: Method.TOTP,
      backupCodesRemaining: 0,
    });
    afterMark(parameters.period);
    const authenticator = authenticatorFor(otpauth_uri);
    const code = authenticator.code(service.clock.ms);
    expect((await outcomeOf({ userId, code })).case).toBe("approved");
    expect(await outcomeOf({ userId, code })).toEqual(rejectedFor(RejectionReason.CODE_REPLAYED));
  });

  test("an authenticator of another system goes on working, but no code that the other system can have accepted by then does", async () => {
    const [userId, otpauth_uri] = ["no-counter", keyUri()];
    await importText(service, jsonLines([{ user_id: userId, otpauth_uri }]));
    const authenticator = authenticatorFor(otpauth_uri);
    for (const offset of [-1, 0, 1])
      expect(await outcomeOf({ userId, code: authenticator.code(service.clock.ms, offset) })).toEqual(
        rejectedFor(RejectionReason.CODE_REPLAYED),
      );
  });

  test("an authenticator of another system goes on working, and a mark that the file has is the one that holds", async () => {
    const [userId, otpauth_uri] = ["with-counter", keyUri()];
    const last_accepted = Math.floor(service.clock.ms / 30_000) - 1;
    await importText(service, jsonLines([{ user_id: userId, otpauth_uri, last_accepted }]));
    const authenticator = authenticatorFor(otpauth_uri);
    expect(await outcomeOf({ userId, code: authenticator.code(service.clock.ms, -1) })).toEqual(
      rejectedFor(RejectionReason.CODE_REPLAYED),
    );
    expect((await outcomeOf({ userId, code: authenticator.code(service.clock.ms) })).case).toBe("approved");
  });
});

test("phone numbers, addresses and backup codes of a CSV file log in, each backup code once", async () => {
  const { exitCode, printed } = await importText(
    service,
    `email,phone_number,user_id,backup_codes
,(202) 555-0123,sid,
Erin@EXAMPLE.com,,erin,ab12-cd34-ef56 0123456789AB
`,
  );
  expect({ exitCode, printed }).toEqual({
    exitCode: 0,
    printed: "2 users imported, 0 were there as given, 0 lines refused",
  });
  for (const [userId, to] of [
    ["sid", "+12025550123"],
    ["erin", "Erin@example.com"],
  ] as const) {
    await service.client.sendVerificationCode({ userId });
    expect((await outcomeOf({ userId, code: mailbox.code(to) })).case).toBe("approved");
  }
  expect(await service.client.getMfaStatus({ userId: "erin" })).toMatchObject({ backupCodesRemaining: 2 });
  expect((await outcomeOf({ userId: "erin", code: "AB12CD34EF56" })).case).toBe("approved");
  expect(await outcomeOf({ userId: "erin", code: "ab12-cd34-ef56" })).toEqual(
    rejectedFor(RejectionReason.CODE_REPLAYED),
  );
  expect((await outcomeOf({ userId: "erin", code: "0123-4567-89ab" })).case).toBe("approved");
});

test("a pending factor lets nobody in until it is confirmed, and expires like any other", async () => {
  const users = ["pending-1", "pending-2"].map((user_id) => ({
    user_id,
    otpauth_uri: keyUri(),
    state: "pending",
  }));
  expect((await importText(service, jsonLines(users))).exitCode).toBe(0);
  const [first, second] = users.map(({ user_id: userId, otpauth_uri }) => ({
    userId,
    code: authenticatorFor(otpauth_uri).code(service.clock.ms),
  }));
  await expect(service.client.verifyCode(first!)).rejects.toThrow();
  expect((await service.client.verifySetup(first!)).outcome.case).toBe("enabled");
  service.clock.advance(601);
  const late = { ...second!, code: authenticatorFor(users[1]!.otpauth_uri).code(service.clock.ms) };
  expect((await service.client.verifySetup(late)).outcome).toEqual(
    rejectedFor(RejectionReason.NO_PENDING_CHALLENGE),
  );
});

test("a user who comes locked stays locked until an operator acts", async () => {
  const user = { user_id: "locked", otpauth_uri: keyUri(), consecutive_failures: 100 };
  await importText(service, jsonLines([user]));
  afterMark();
  const code = authenticatorFor(user.otpauth_uri).code(service.clock.ms);
  expect(await outcomeOf({ userId: "locked", code })).toEqual(rejectedFor(RejectionReason.TOO_MANY_ATTEMPTS));
  expect(await service.client.getMfaStatus({ userId: "locked" })).toMatchObject({ unlockRequired: true });
});

test("the audit log has who began a run and why, and each user whom it brought, under one request id", async () => {
  const users = ["audit-1", "audit-2"].map((user_id) => ({ user_id, otpauth_uri: keyUri() }));
  await importText(service, jsonLines([...users, { user_id: "audit-3", email: "no address" }]));
  const rows = await service.database.sql`
    select e.action, e.outcome, e.method, e.purpose, e.caller, e.request_id, e.details, s.user_id
    from mfa_audit_events e left join mfa_audit_subjects s using (user_ref)
    where e.request_id = (select request_id from mfa_audit_events join mfa_audit_subjects using (user_ref)
      where user_id = 'audit-1' and action = 'import_user')
    order by s.user_id nulls first`;
  const base = { outcome: "succeeded", purpose: "administer", caller: "countersign import" };
  expect(rows.map((row) => ({ ...row }))).toMatchObject([
    { ...base, action: "import_users", method: null, details: { reason: "ticket 4711" }, user_id: null },
    { ...base, action: "import_user", method: "totp", user_id: "audit-1" },
    { ...base, action: "import_user", method: "totp", user_id: "audit-2" },
  ]);
});
