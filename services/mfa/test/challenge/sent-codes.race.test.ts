import { MfaService } from "@countersign/protocol/countersign/mfa/v1/mfa_service_pb.js";
import { expect, test } from "vitest";
import { COPIES, count, ROUNDS, racersOf } from "../support/client/burst.js";
import { beginEmail, enrolEmail, Mailbox, otherThan } from "../support/enrolment/mailbox.js";
import { DEFAULT_MFA_POLICY } from "../support/security.js";
import { startTestService } from "../support/service.js";

const { verifyCode, verifySetup } = MfaService.method;

/** Two replicas whose codes are read from one mailbox. */
async function start(maxAttempts: number) {
  const mailbox = new Mailbox();
  const policy = { ...DEFAULT_MFA_POLICY, maxAttempts };
  const overrides = { senders: mailbox, policy: () => policy, lockoutScheduleMs: [3_600_000] };
  const service = await startTestService({ replicas: 2, overrides });
  const racers = racersOf(service);
  return {
    mailbox,
    client: service.client,
    racers,
    async [Symbol.asyncDispose]() {
      await racers[Symbol.asyncDispose]();
      await service[Symbol.asyncDispose]();
    },
  };
}

/** With as many attempts as there are copies: the consuming script and the conditional write alone decide. */
const UNTHROTTLED = COPIES * 2;

test("200 copies of one code over two replicas: exactly one approved, in each of 50 rounds", async () => {
  await using subject = await start(UNTHROTTLED);
  const { client, mailbox, racers } = subject;
  const { userId, email } = await enrolEmail(client, mailbox);
  for (let round = 0; round < ROUNDS; round += 1) {
    await client.sendVerificationCode({ userId });
    const code = mailbox.code(email);
    const outcomes = await racers.race((client) => client.call(verifyCode, { userId, code }));
    expect(count(outcomes, "approved")).toBe(1);
    expect(count(outcomes, "CODE_REPLAYED")).toBe(COPIES - 1);
  }
}, 300_000);

test("200 copies of one confirming code over two replicas: exactly one enables, in each of 50 rounds", async () => {
  await using subject = await start(UNTHROTTLED);
  const { client, mailbox, racers } = subject;
  for (let round = 0; round < ROUNDS; round += 1) {
    const { userId, email } = await beginEmail(client);
    const code = mailbox.code(email);
    // Once it is confirmed the others may find nothing pending any more.
    const outcomes = await racers.race((client) => client.call(verifySetup, { userId, code }));
    expect(count(outcomes, "enabled")).toBe(1);
  }
}, 300_000);

test("199 wrong codes beside the right one: never more than three are compared, in each of 50 rounds", async () => {
  await using subject = await start(3);
  const { client, mailbox, racers } = subject;
  for (let round = 0; round < ROUNDS; round += 1) {
    const { userId, email } = await enrolEmail(client, mailbox);
    await client.sendVerificationCode({ userId });
    const right = mailbox.code(email);
    const place = (round * 37) % COPIES;
    const outcomes = await racers.race((each, copy) =>
      each.call(verifyCode, { userId, code: copy === place ? right : otherThan(right) }),
    );
    // A success clears the scope: what was charged before it and after it are at most three each.
    const approved = count(outcomes, "approved");
    expect(approved).toBeLessThanOrEqual(1);
    expect(count(outcomes, "INVALID_CODE")).toBeLessThanOrEqual(approved === 1 ? 2 : 3);
  }
}, 300_000);
