import { afterAll, beforeAll, expect, test } from "vitest";
import { adminClient } from "../support/client/admin-client.js";
import { type Enrolled, enrolTotp } from "../support/enrolment/enrolment.js";
import { enrolEmail, Mailbox, otherThan } from "../support/enrolment/mailbox.js";
import { scrape } from "../support/scrape.js";
import { ALL_NOTICES, startTestService, type TestService } from "../support/service.js";

const DAY = 86_400;

let service: TestService;
const mailbox = new Mailbox();
beforeAll(async () => {
  service = await startTestService({
    overrides: { senders: mailbox, lockoutScheduleMs: [1] },
    config: { notices: ALL_NOTICES },
  });
});
afterAll(() => service[Symbol.asyncDispose]());

async function counted(name: string): Promise<number> {
  const [replica] = service.replicas;
  return (await scrape(replica!)).get(name) ?? 0;
}

async function eventsOf(userId: string) {
  const rows = await service.database.sql`
    select a.action, a.purpose, a.outcome, a.details from mfa_audit_events a
    join mfa_audit_subjects s on s.user_ref = a.user_ref
    where s.user_id = ${userId} and (a.action = 'failure_limit_reached' or a.details ->> 'notice' = 'guessing')
    order by a.occurred_at, a.action`;
  return rows.map(({ action, purpose, outcome, details }) => ({
    action: String(action),
    purpose: String(purpose),
    outcome: String(outcome),
    details: details as Record<string, string>,
  }));
}

const guess = async (userId: string, code: string, times: number) => {
  for (let time = 0; time < times; time += 1) await service.client.verifyCode({ userId, code });
};

const guessingTo = (email: string) =>
  mailbox.list().filter(({ to, text }) => to === email && text.includes("Somebody may know your password"));

test("a user is told once when wrong codes reach a limit, and the audit log and a metric tell of it", async () => {
  const { userId, email } = await enrolEmail(service.client, mailbox);
  const name = 'countersign_failure_limits_reached_total{scope="primary",window="daily"}';
  const before = await counted(name);
  await service.client.sendVerificationCode({ userId });
  const wrong = otherThan(mailbox.code(email));
  // A challenge takes three guesses; the next one is asked for.
  for (let sent = 0; sent < 6; sent += 1) {
    await guess(userId, wrong, 3);
    await service.client.sendVerificationCode({ userId });
  }
  await guess(userId, wrong, 1);
  expect(guessingTo(email)).toEqual([]);
  await guess(userId, wrong, 3); // one reaches the limit, the others are refused
  await expect.poll(() => eventsOf(userId)).toHaveLength(2);
  expect(await eventsOf(userId)).toEqual([
    {
      action: "failure_limit_reached",
      purpose: "operate",
      outcome: "rejected",
      details: { scope: "primary", window: "daily", failures: "20" },
    },
    {
      action: "send_notice",
      purpose: "operate",
      outcome: "succeeded",
      details: { notice: "guessing", result: "sent" },
    },
  ]);
  expect(guessingTo(email)).toHaveLength(1);
  expect((await counted(name)) - before).toBe(1);
});

test.each([
  ["monthly", 200, 3 * 3_600],
  ["yearly", 300, DAY],
])("a %s limit is reported too", async (window, limit, apartSeconds) => {
  const { userId, authenticator } = await enrolTotp(service.client, service.clock);
  const now = Math.floor(service.clock.ms / 60_000);
  const minutes = Array.from(
    { length: limit - 1 },
    (_, index) => now - Math.floor(((index + 1) * apartSeconds) / 60),
  );
  await service.database.sql`update mfa_settings set code_failures = ${minutes} where user_id = ${userId}`;
  const code = authenticator.code(service.clock.ms, 9);
  await guess(userId, code, 3);
  await expect.poll(() => eventsOf(userId)).toHaveLength(2);
  const [reached, notice] = await eventsOf(userId);
  expect(reached?.details).toEqual({ scope: "primary", window, failures: String(limit) });
  // Nobody knows an address of a user with an authenticator app alone.
  expect(notice?.details).toEqual({ notice: "guessing", result: "no_destination" });
});

test("wrong backup codes are reported, and refuse nothing beyond the lockout schedule", async () => {
  const { userId, backupCodes } = await enrolTotp(service.client, service.clock);
  await guess(userId, "0000-0000-0000", 25);
  await expect.poll(() => eventsOf(userId)).toHaveLength(2);
  expect((await eventsOf(userId))[0]?.details).toMatchObject({ scope: "backup", window: "daily" });
  const { outcome } = await service.client.verifyCode({ userId, code: backupCodes[0]! });
  expect(outcome.case).toBe("approved");
});

test("users whose codes fail are counted, each once in 24 hours, whatever succeeds in between", async () => {
  const name = 'countersign_users_with_failures_total{scope="primary"}';
  const before = await counted(name);
  const users: Enrolled[] = [];
  for (let user = 0; user < 5; user += 1) users.push(await enrolTotp(service.client, service.clock));
  const failOnce = async () => {
    for (const { userId, authenticator } of users) {
      await guess(userId, authenticator.code(service.clock.ms, 9), 1);
      await guess(userId, authenticator.code(service.clock.ms), 1);
      service.clock.advance(30);
    }
  };
  await failOnce();
  await failOnce();
  expect((await counted(name)) - before).toBe(5);
  service.clock.advance(DAY + 60);
  await failOnce();
  expect((await counted(name)) - before).toBe(10);
  await adminClient(service).resetMfa({ userId: users[0]!.userId, reason: "lost the phone" });
  const [row] = await service.database.sql`
    select code_failures, backup_code_failures, code_failures_forgiven from mfa_settings where user_id = ${users[0]!.userId}`;
  expect({ ...row }).toEqual({
    code_failures: null,
    backup_code_failures: null,
    code_failures_forgiven: null,
  });
});
