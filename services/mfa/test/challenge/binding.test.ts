import { Method } from "@countersign/protocol/countersign/mfa/v1/method_pb.js";
import { RejectionReason } from "@countersign/protocol/countersign/mfa/v1/rejection_pb.js";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { FactorMethod } from "../../src/domain/factor/method.js";
import { reasonOf } from "../support/client/errors.js";
import { rejectedFor } from "../support/client/outcomes.js";
import { enrolTotp } from "../support/enrolment/enrolment.js";
import { beginEmail, enrolEmail, Mailbox } from "../support/enrolment/mailbox.js";
import { DEFAULT_MFA_POLICY } from "../support/security.js";
import { startTestService, type TestService } from "../support/service.js";

const ALL: readonly FactorMethod[] = ["totp", "sms", "email"];
let service: TestService;
const mailbox = new Mailbox();
let allowedMethods: ReadonlySet<FactorMethod> = new Set(ALL);
let disabledMethods: ReadonlySet<FactorMethod> = new Set();
const policy = () => ({ ...DEFAULT_MFA_POLICY, maxAttempts: 100, allowedMethods, disabledMethods });
beforeAll(async () => {
  service = await startTestService({ overrides: { senders: mailbox, policy } });
});
afterAll(() => service[Symbol.asyncDispose]());

async function sendLogin() {
  const user = await enrolEmail(service.client, mailbox);
  const { challenge } = await service.client.sendVerificationCode({ userId: user.userId });
  return { ...user, code: mailbox.code(user.email), challengeId: challenge!.challengeId };
}

/** The outcome's case, or "refused" for an error. */
async function caseOf(call: Promise<{ readonly outcome: { readonly case: string | undefined } }>) {
  return call.then(
    ({ outcome }) => outcome.case,
    () => "refused",
  );
}

test("a code passes only for its own user, method, purpose and challenge; no other try spends it", async () => {
  const { client } = service;
  const [own, other] = [await sendLogin(), await sendLogin()];
  const enrolling = await beginEmail(client);
  const { code, userId } = own;
  let passed = 0;
  for (const user of [own, other, enrolling]) {
    for (const method of [undefined, Method.EMAIL, Method.SMS, Method.TOTP]) {
      for (const challengeId of ["", own.challengeId, other.challengeId, own.challengeId.slice(0, -1)]) {
        const isOwn =
          user === own &&
          (method === undefined || method === Method.EMAIL) &&
          (challengeId === "" || challengeId === own.challengeId);
        if (isOwn || (user !== own && code === mailbox.code(user.email))) continue;
        const given = { userId: user.userId, code, challengeId, ...(method === undefined ? {} : { method }) };
        expect(await caseOf(client.verifyCode(given))).not.toBe("approved");
        passed += 1;
      }
    }
    expect(await caseOf(client.verifySetup({ userId: user.userId, code }))).not.toBe("enabled");
  }
  expect(passed).toBeGreaterThan(40);
  const right = { userId, code, method: Method.EMAIL, challengeId: own.challengeId };
  expect(await caseOf(client.verifyCode(right))).toBe("approved");
  expect(await caseOf(client.verifyCode({ userId: other.userId, code: other.code }))).toBe("approved");
  const confirming = { userId: enrolling.userId, code: mailbox.code(enrolling.email) };
  expect(await caseOf(client.verifySetup(confirming))).toBe("enabled");
});

test("a code sent to a former destination is worth nothing, though Redis still holds it", async () => {
  const { client, database } = service;
  const { userId, code } = await sendLogin();
  // As a disablement whose tidying of Redis was lost.
  await database.sql`update mfa_settings set is_enabled = false where user_id = ${userId}`;
  await client.setupMfa({ userId, method: Method.EMAIL, email: "new@example.com" });
  await client.verifySetup({ userId, code: mailbox.code("new@example.com") });
  const { outcome } = await client.verifyCode({ userId, code });
  expect(outcome).toEqual(rejectedFor(RejectionReason.NO_PENDING_CHALLENGE));
});

test("neither an authenticator's code nor a backup code answers a challenge", async () => {
  const { client, clock } = service;
  const { userId, authenticator, backupCodes } = await enrolTotp(client, clock);
  const [code, challengeId] = [authenticator.code(clock.ms), "any"];
  const { outcome } = await client.verifyCode({ userId, code, challengeId });
  expect(outcome).toEqual(rejectedFor(RejectionReason.NO_PENDING_CHALLENGE));
  const backup = client.verifyCode({ userId, code: backupCodes[0]!, challengeId });
  await expect(backup).rejects.toSatisfy(reasonOf("INVALID_FIELD"));
  expect(await caseOf(client.verifyCode({ userId, code }))).toBe("approved");
});

describe("a method taken away is refused everywhere immediately, and what was sent works when it comes back:", () => {
  test.each([
    [
      "METHOD_NOT_ALLOWED",
      () => {
        allowedMethods = new Set(["totp", "sms"]);
      },
    ],
    [
      "METHOD_DISABLED",
      () => {
        disabledMethods = new Set(["email"]);
      },
    ],
  ] as const)(
    "a method taken away is refused everywhere immediately, and what was sent works when it comes back: %s",
    async (reason, takeAway) => {
      const { client } = service;
      const { userId, code } = await sendLogin();
      const pending = await beginEmail(client);
      takeAway();
      const calls = [
        client.setupMfa({ userId: "new", method: Method.EMAIL, email: "new@example.com" }),
        client.sendVerificationCode({ userId }),
        client.sendVerificationCode({ userId: pending.userId }),
        client.verifySetup({ userId: pending.userId, code: mailbox.code(pending.email) }),
        client.verifyCode({ userId, code }),
        client.disableMfa({ userId, code }),
        client.regenerateBackupCodes({ userId, code }),
      ];
      for (const answer of await Promise.allSettled(calls)) {
        expect(answer.status === "rejected" && reasonOf(reason)(answer.reason)).toBe(true);
      }
      allowedMethods = new Set(ALL);
      disabledMethods = new Set();
      expect(await caseOf(client.verifyCode({ userId, code }))).toBe("approved");
    },
  );
});

test("a user whom a hundred failures have locked gets no code", async () => {
  const { client, database } = service;
  const { userId } = await enrolEmail(client, mailbox);
  await database.sql`update mfa_settings set consecutive_failures = 100 where user_id = ${userId}`;
  await expect(client.sendVerificationCode({ userId })).rejects.toSatisfy(reasonOf("UNLOCK_REQUIRED"));
});
