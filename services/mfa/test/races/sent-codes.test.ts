import { RejectionReason } from "@countersign/protocol/countersign/mfa/v1/rejection_pb.js";
import { expect, test } from "vitest";
import { beginEmail, enrolEmail, Mailbox, otherThan } from "../support/mailbox.js";
import { DEFAULT_MFA_POLICY } from "../support/security.js";
import { type MfaClient, startTestService } from "../support/service.js";

const ROUNDS = 50;
const COPIES = 200;

/** Two replicas whose codes are read from one mailbox. */
async function start(maxAttempts: number) {
  const mailbox = new Mailbox();
  const policy = { ...DEFAULT_MFA_POLICY, maxAttempts };
  const overrides = { senders: mailbox, policy: () => policy, lockLadderMs: [3_600_000] };
  const service = await startTestService({ replicas: 2, overrides });
  const burst = (call: (client: MfaClient, copy: number) => Promise<string>) =>
    Promise.all(Array.from({ length: COPIES }, (_, copy) => call(service.replicas[copy % 2]!.client, copy)));
  return {
    mailbox,
    client: service.client,
    burst,
    [Symbol.asyncDispose]: () => service[Symbol.asyncDispose](),
  };
}

/** With as many attempts as there are copies: the consuming script and the conditional write alone decide. */
const UNTHROTTLED = COPIES * 2;

test("200 copies of one code over two replicas: exactly one approved, in each of 50 rounds", async () => {
  await using subject = await start(UNTHROTTLED);
  const { client, mailbox, burst } = subject;
  const { userId, email } = await enrolEmail(client, mailbox);
  for (let round = 0; round < ROUNDS; round += 1) {
    await client.sendVerificationCode({ userId });
    const code = mailbox.code(email);
    const outcomes = await burst(async (each) => {
      const { outcome } = await each.verifyCode({ userId, code });
      return outcome.case === "rejected" ? String(outcome.value.reason) : (outcome.case ?? "unset");
    });
    expect(outcomes.filter((outcome) => outcome === "approved")).toHaveLength(1);
    const replays = outcomes.filter((outcome) => outcome === String(RejectionReason.CODE_REPLAYED));
    expect(replays).toHaveLength(COPIES - 1);
  }
}, 300_000);

test("200 copies of one confirming code over two replicas: exactly one enables, in each of 50 rounds", async () => {
  await using subject = await start(UNTHROTTLED);
  const { client, mailbox, burst } = subject;
  for (let round = 0; round < ROUNDS; round += 1) {
    const { userId, email } = await beginEmail(client);
    const code = mailbox.code(email);
    const outcomes = await burst(async (each) => {
      // Once it is confirmed the others may find nothing pending any more.
      const answer = await each.verifySetup({ userId, code }).catch(() => undefined);
      return answer?.outcome.case ?? "unset";
    });
    expect(outcomes.filter((outcome) => outcome === "enabled")).toHaveLength(1);
  }
}, 300_000);

test("199 wrong codes beside the right one: never more than three are compared, in each of 50 rounds", async () => {
  await using subject = await start(3);
  const { client, mailbox, burst } = subject;
  for (let round = 0; round < ROUNDS; round += 1) {
    const { userId, email } = await enrolEmail(client, mailbox);
    await client.sendVerificationCode({ userId });
    const right = mailbox.code(email);
    const place = (round * 37) % COPIES;
    const outcomes = await burst(async (each, copy) => {
      const code = copy === place ? right : otherThan(right);
      const { outcome } = await each.verifyCode({ userId, code });
      return outcome.case === "rejected" ? String(outcome.value.reason) : (outcome.case ?? "unset");
    });
    // A success clears the lane: what was charged before it and after it are at most three each.
    const approved = outcomes.filter((outcome) => outcome === "approved").length;
    const wrong = outcomes.filter((outcome) => outcome === String(RejectionReason.INVALID_CODE)).length;
    expect(approved).toBeLessThanOrEqual(1);
    expect(wrong).toBeLessThanOrEqual(approved === 1 ? 2 : 3);
  }
}, 300_000);
