import { MfaService } from "@countersign/protocol/countersign/mfa/v1/mfa_service_pb.js";
import { RejectionReason } from "@countersign/protocol/countersign/mfa/v1/rejection_pb.js";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type AdminClient, adminClient } from "../support/client/admin-client.js";
import { reasonOf } from "../support/client/errors.js";
import { enrolTotp } from "../support/enrolment/enrolment.js";
import { beginEmail, enrolEmail, Mailbox, otherThan } from "../support/enrolment/mailbox.js";
import { type MfaClient, startTestService, type TestService } from "../support/service.js";

/**
 * Every RPC that takes a code, from the descriptors: a new one makes these tests fail until it is listed here, with the code that it takes, and
 * holds to the lock and to the binding of codes like the others.
 */
const TAKES = {
  verifyCode: "login",
  disableMfa: "login",
  regenerateBackupCodes: "login",
  verifySetup: "enrolment",
} as const;
type CodeRpc = keyof typeof TAKES;
const CODE_RPCS = Object.keys(TAKES) as CodeRpc[];
const LOGIN_RPCS = CODE_RPCS.filter((rpc) => TAKES[rpc] === "login");

let service: TestService;
let admin: AdminClient;
const mailbox = new Mailbox();
beforeAll(async () => {
  service = await startTestService({ overrides: { senders: mailbox, lockoutScheduleMs: [3_600_000] } });
  admin = adminClient(service);
});
afterAll(() => service[Symbol.asyncDispose]());

interface Outcome {
  readonly case: string | undefined;
  readonly value?: unknown;
}

async function ask(
  rpc: CodeRpc,
  request: { readonly userId: string; readonly code: string },
): Promise<Outcome> {
  const call = service.client[rpc].bind(service.client) as MfaClient["verifyCode"];
  return (await call(request)).outcome;
}

test("every RPC that takes a code is here, and nothing else", () => {
  const taking = MfaService.methods.filter(({ input }) => input.fields.some(({ name }) => name === "code"));
  expect(taking.map(({ localName }) => localName).sort()).toEqual([...CODE_RPCS].sort());
});

/** A user with a right code that was to be had before the lock, and one that is wrong. */
interface Subject {
  readonly userId: string;
  readonly right: () => string;
  readonly wrong: () => string;
  readonly another: () => Promise<string>;
}

async function byApp(): Promise<Subject> {
  const { client, clock } = service;
  const { userId, authenticator } = await enrolTotp(client, clock);
  const next = () => {
    clock.advance(30);
    return Promise.resolve(authenticator.code(clock.ms));
  };
  return {
    userId,
    right: () => authenticator.code(clock.ms),
    wrong: () => authenticator.code(clock.ms, 9),
    another: next,
  };
}

async function byBackupCode(): Promise<Subject> {
  const { userId, backupCodes } = await enrolTotp(service.client, service.clock);
  const [right = "", other = ""] = backupCodes;
  return { userId, right: () => right, wrong: () => "0000-0000-0000", another: () => Promise.resolve(other) };
}

async function byMail(): Promise<Subject> {
  const { userId, email } = await enrolEmail(service.client, mailbox);
  const send = async () => {
    await service.client.sendVerificationCode({ userId });
    return mailbox.code(email);
  };
  const code = await send();
  return { userId, right: () => code, wrong: () => otherThan(code), another: send };
}

const SUBJECTS = {
  "an authenticator's code": byApp,
  "a backup code": byBackupCode,
  "a code that was sent": byMail,
};
const CELLS = Object.entries(SUBJECTS).flatMap(([kind, make]) =>
  LOGIN_RPCS.map((rpc) => ({ kind, make, rpc })),
);

/** Wrong codes, given to this RPC, until the lock. */
async function lock(rpc: CodeRpc, { userId, wrong }: Subject): Promise<void> {
  for (let attempt = 0; attempt < 3; attempt += 1) await ask(rpc, { userId, code: wrong() });
}

describe("a lock that wrong codes made by one RPC holds for all", () => {
  test.each(CELLS)("$kind, locked by $rpc", async ({ make, rpc }) => {
    const subject = await make();
    const { userId } = subject;
    await lock(rpc, subject);
    for (const other of LOGIN_RPCS) {
      const answers = [
        await ask(other, { userId, code: subject.right() }),
        await ask(other, { userId, code: subject.wrong() }),
      ];
      for (const { case: outcome, value } of answers) {
        expect(outcome).toBe("rejected");
        expect(value).toMatchObject({ reason: RejectionReason.TOO_MANY_ATTEMPTS, remainingAttempts: 0 });
      }
    }
    // Nothing was spent or changed: after an unlock the user gets in.
    await admin.unlockUser({ userId, reason: "called" });
    expect((await ask(rpc, { userId, code: await subject.another() })).case).not.toBe("rejected");
  });
});

describe("a hundred failures hold for all, until an operator unlocks", () => {
  test.each(Object.entries(SUBJECTS))(
    "a hundred failures hold for all, until an operator unlocks: %s",
    async (kind, make) => {
      const subject = await make();
      const { userId } = subject;
      const column = kind === "a backup code" ? "backup_consecutive_failures" : "consecutive_failures";
      const { sql } = service.database;
      await sql`update mfa_settings set ${sql(column)} = 100 where user_id = ${userId}`;
      for (const rpc of LOGIN_RPCS) {
        const { value } = await ask(rpc, { userId, code: subject.right() });
        expect(value).toMatchObject({ reason: RejectionReason.TOO_MANY_ATTEMPTS });
      }
      if (kind === "a code that was sent") {
        const sending = service.client.sendVerificationCode({ userId });
        await expect(sending).rejects.toSatisfy(reasonOf("UNLOCK_REQUIRED"));
      }
      await admin.unlockUser({ userId, reason: "called" });
      expect((await ask("verifyCode", { userId, code: await subject.another() })).case).toBe("approved");
    },
  );
});

test("while locked, right and wrong codes get the same answer, byte for byte but for the wait", async () => {
  const subject = await byApp();
  const { userId } = subject;
  await lock("verifyCode", subject);
  const answer = async (code: string) => {
    const response = await fetch(`${service.url}/${MfaService.typeName}/VerifyCode`, {
      method: "POST",
      headers: { "content-type": "application/json", "x-request-id": "same" },
      body: JSON.stringify({ userId, code }),
    });
    const headers = [...response.headers].filter(([name]) => name !== "date");
    return { status: response.status, headers, body: (await response.text()).replace(/"[0-9.]+s"/, "wait") };
  };
  expect(await answer(subject.right())).toEqual(await answer(subject.wrong()));
});

describe("a code passes for what it was made for, and for nothing else", () => {
  test.each(CODE_RPCS)("a code passes for what it was made for, and for nothing else: %s", async (rpc) => {
    const own = TAKES[rpc];
    const pending = await beginEmail(service.client);
    const enrolmentCode = mailbox.code(pending.email);
    const [user, stranger] = [await byMail(), await byMail()];
    const earlier = user.right();
    const login = await user.another();
    const used = await byMail();
    await ask("verifyCode", { userId: used.userId, code: used.right() });
    const passes = async (request: { userId: string; code: string }) => {
      const outcome = await ask(rpc, request).catch((): Outcome => ({ case: "refused" }));
      return outcome.case !== "rejected" && outcome.case !== "refused";
    };
    const unless = (code: string, other: string) => (code === other ? otherThan(code) : other);

    // Wrong cells first: none of them may spend what the right one needs.
    expect(await passes({ userId: user.userId, code: unless(login, enrolmentCode) })).toBe(false);
    expect(await passes({ userId: pending.userId, code: unless(enrolmentCode, login) })).toBe(false);
    expect(await passes({ userId: user.userId, code: unless(login, earlier) })).toBe(false);
    expect(await passes({ userId: stranger.userId, code: unless(stranger.right(), login) })).toBe(false);
    expect(await passes({ userId: used.userId, code: used.right() })).toBe(false);
    const [wrongKind, rightKind] =
      own === "login"
        ? [
            { userId: pending.userId, code: enrolmentCode },
            { userId: user.userId, code: login },
          ]
        : [
            { userId: user.userId, code: login },
            { userId: pending.userId, code: enrolmentCode },
          ];
    expect(await passes(wrongKind)).toBe(false);
    expect(await passes(rightKind)).toBe(true);
  });
});
