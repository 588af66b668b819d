import { Method } from "@countersign/protocol/countersign/mfa/v1/method_pb.js";
import { describe, expect, test } from "vitest";
import type { CodeSenders } from "../../src/app/dependencies/deps.js";
import { delivered, unavailable } from "../../src/domain/delivery/delivery.js";
import { NOTICE_KINDS, type NoticeKind } from "../../src/domain/delivery/notice.js";
import type { FactorMethod } from "../../src/domain/factor/method.js";
import { adminClient } from "../support/client/admin-client.js";
import { enrolTotp } from "../support/enrolment/enrolment.js";
import { Mailbox, otherThan } from "../support/enrolment/mailbox.js";
import { scrape } from "../support/scrape.js";
import { DEFAULT_MFA_POLICY } from "../support/security.js";
import { NO_NOTICES, startTestService, type TestService } from "../support/service.js";

const EMAIL = "ada@example.com";
const SUBJECT = "Security notice for your Acme account";

async function start(
  options: {
    readonly kinds?: readonly NoticeKind[];
    readonly perDay?: number;
    readonly senders?: CodeSenders;
    readonly lockMs?: number;
    readonly off?: Set<FactorMethod>;
  } = {},
) {
  const mailbox = new Mailbox();
  const policy = {
    ...DEFAULT_MFA_POLICY,
    applicationName: "Acme",
    disabledMethods: options.off ?? new Set<FactorMethod>(),
  };
  const service = await startTestService({
    overrides: {
      senders: options.senders ?? mailbox,
      policy: () => policy,
      lockoutScheduleMs: [options.lockMs ?? 1],
    },
    config: {
      notices: {
        ...NO_NOTICES,
        kinds: new Set(options.kinds ?? NOTICE_KINDS),
        destination: { max: options.perDay ?? 1_000, windowMs: 86_400_000 },
      },
    },
  });
  return {
    mailbox,
    service,
    client: service.client,
    [Symbol.asyncDispose]: () => service[Symbol.asyncDispose](),
  };
}

type Subject = Awaited<ReturnType<typeof start>>;

async function enrol({ client, mailbox }: Subject, userId = "ada", email = EMAIL) {
  const { backupCodes } = await client.setupMfa({ userId, method: Method.EMAIL, email });
  const { outcome } = await client.verifySetup({ userId, code: mailbox.code(email) });
  expect(outcome.case).toBe("enabled");
  return backupCodes;
}

const all = (mailbox: Mailbox) => mailbox.list().flatMap((each) => (each.channel === "email" ? [each] : []));
const noticesTo = (mailbox: Mailbox, email: string) =>
  all(mailbox).filter(({ to, subject }) => to === email && subject === SUBJECT);

/** What became of each notice, as the audit log has it, in order. */
async function results({ database }: TestService): Promise<string[]> {
  const rows = await database.sql`
    select details->>'notice' || ' ' || (details->>'result') as line from mfa_audit_events
    where action = 'send_notice' order by occurred_at, id`;
  return rows.map(({ line }) => String(line)).sort();
}

test("each use of a backup code is told, with what is left of them", async () => {
  await using subject = await start({ kinds: ["backup_code_used"] });
  const { client, mailbox } = subject;
  const codes = await enrol(subject);
  for (const code of codes) await client.verifyCode({ userId: "ada", code });
  await expect.poll(() => noticesTo(mailbox, EMAIL)).toHaveLength(codes.length);
  const told = noticesTo(mailbox, EMAIL).map(({ text }) => /account\. (.*)\n/.exec(text)?.[1]);
  expect(told.sort()).toEqual(
    [
      ...[9, 8, 7, 6, 5, 4].map((left) => `${left} are left.`),
      ...["3 are left", "2 are left", "1 is left", "None is left"].map((left) => `${left}: make new ones.`),
    ].sort(),
  );
  const [row] = await subject.service.database.sql`
    select outcome, method, purpose from mfa_audit_events where action = 'send_notice' limit 1`;
  expect(row).toEqual({ outcome: "succeeded", method: "email", purpose: "operate" });
});

test("enrolment, new backup codes and disablement are told, a change of address to the old one", async () => {
  await using subject = await start();
  const { client, mailbox, service } = subject;
  const codes = await enrol(subject);
  await client.regenerateBackupCodes({ userId: "ada", code: codes[0]! });
  await client.sendVerificationCode({ userId: "ada" });
  await client.disableMfa({ userId: "ada", code: mailbox.code(EMAIL) });
  await enrol(subject, "ada", "new@example.com");
  await expect.poll(() => results(service)).toHaveLength(4);
  expect(await results(service)).toEqual([
    "backup_codes_replaced sent",
    "disabled sent",
    "enabled sent",
    "enabled sent",
  ]);
  expect(noticesTo(mailbox, EMAIL)).toHaveLength(3);
  expect(noticesTo(mailbox, "new@example.com")).toHaveLength(1);
});

test("a reset by an administrator is told where the user was reached before it", async () => {
  await using subject = await start({ kinds: ["reset"] });
  const { mailbox, service } = subject;
  await enrol(subject);
  await adminClient(service).resetMfa({ userId: "ada", reason: "lost the phone" });
  await expect.poll(() => noticesTo(mailbox, EMAIL)).toHaveLength(1);
  expect(noticesTo(mailbox, EMAIL)[0]?.text).toContain("An administrator turned off");
  expect(noticesTo(mailbox, EMAIL)[0]?.text).not.toContain("phone");
});

describe("locks", () => {
  const guess = async ({ client }: Subject, wrong: string) => {
    for (let attempt = 0; attempt < DEFAULT_MFA_POLICY.maxAttempts; attempt += 1) {
      await client.verifyCode({ userId: "ada", code: wrong });
    }
  };

  test("a long one is told once, a short one not at all", async () => {
    for (const lockMs of [299_999, 300_000]) {
      await using subject = await start({ kinds: ["locked"], lockMs });
      const { client, mailbox, service } = subject;
      const [backup] = await enrol(subject);
      await client.sendVerificationCode({ userId: "ada" });
      await guess(subject, otherThan(mailbox.code(EMAIL)));
      await guess(subject, "000000");
      expect((await client.verifyCode({ userId: "ada", code: backup! })).outcome.case).toBe("approved");
      await expect.poll(() => results(service)).toHaveLength(lockMs < 300_000 ? 0 : 1);
      expect(noticesTo(mailbox, EMAIL)).toHaveLength(lockMs < 300_000 ? 0 : 1);
    }
  });

  test("a flood of failures ends at the limit, and other notices still come", async () => {
    await using subject = await start({ lockMs: 300_000, perDay: 2 });
    const { client, mailbox, service } = subject;
    const [backup] = await enrol(subject);
    const admin = adminClient(service);
    for (let lock = 0; lock < 5; lock += 1) {
      await client.sendVerificationCode({ userId: "ada" });
      await guess(subject, otherThan(mailbox.code(EMAIL)));
      await admin.unlockUser({ userId: "ada", reason: "called" });
    }
    await client.disableMfa({ userId: "ada", code: backup! });
    await expect.poll(() => results(service)).toHaveLength(7);
    expect(await results(service)).toEqual([
      "disabled sent",
      "enabled sent",
      ...Array<string>(3).fill("locked limited"),
      ...Array<string>(2).fill("locked sent"),
    ]);
  });
});

test("notices go only to a destination that its user verified", async () => {
  await using subject = await start();
  const { client, mailbox, service } = subject;
  // An authenticator app alone has none.
  const { userId, backupCodes } = await enrolTotp(client, service.clock);
  await client.verifyCode({ userId, code: backupCodes[0]! });
  // An address that is still to be confirmed is nobody's yet.
  await client.setupMfa({ userId: "eve", method: Method.EMAIL, email: EMAIL });
  for (let wrong = 0; wrong < 3; wrong += 1) {
    await client.verifySetup({ userId: "eve", code: otherThan(mailbox.code(EMAIL)) });
  }
  await adminClient(service).resetMfa({ userId: "eve", reason: "mistake" });
  await expect.poll(() => results(service)).toHaveLength(2);
  expect(await results(service)).toEqual(["backup_code_used no_destination", "enabled no_destination"]);
  expect(mailbox.list()).toHaveLength(1);
  const [replica] = service.replicas;
  const name = 'countersign_notices_total{notice="enabled",result="no_destination"}';
  expect((await scrape(replica!)).get(name)).toBe(1);
});

test("the kill switch of a method holds for notices, and what is not asked for is not told", async () => {
  const off = new Set<FactorMethod>();
  await using subject = await start({ off, kinds: ["reset", "backup_codes_replaced"] });
  const { service, mailbox } = subject;
  await enrol(subject);
  off.add("email");
  await adminClient(service).resetMfa({ userId: "ada", reason: "attack" });
  await expect.poll(() => results(service)).toHaveLength(1);
  expect(await results(service)).toEqual(["reset not_allowed"]);
  expect(noticesTo(mailbox, EMAIL)).toEqual([]);
});

test("a provider that hangs or fails delays and fails no call", async () => {
  const mailbox = new Mailbox();
  const hanging: (() => void)[] = [];
  let failing = false;
  const email: NonNullable<CodeSenders["email"]> = {
    send: async (message, options) => {
      if (message.subject !== SUBJECT) return mailbox.email.send(message, options);
      if (failing) return unavailable("broken", "HTTP 500");
      await new Promise<void>((resolve) => hanging.push(resolve));
      return delivered("slow");
    },
  };
  await using service = await start({ senders: { sms: undefined, email } });
  const subject = { ...service, mailbox };
  const codes = await enrol(subject);
  for (const code of codes.slice(0, 8)) {
    expect((await subject.client.verifyCode({ userId: "ada", code })).outcome.case).toBe("approved");
  }
  // As many as may be are under way; the others wait.
  await expect.poll(() => hanging).toHaveLength(4);
  expect(await results(subject.service)).toEqual([]);
  failing = true;
  for (const release of hanging) release();
  await expect.poll(() => results(subject.service)).toHaveLength(9);
  expect((await results(subject.service)).filter((line) => line.endsWith(" failed"))).toHaveLength(5);
});
