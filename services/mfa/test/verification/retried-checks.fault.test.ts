import { RejectionReason } from "@countersign/protocol/countersign/mfa/v1/rejection_pb.js";
import { afterAll, beforeAll, expect, test } from "vitest";
import { reasonOf } from "../support/client/errors.js";
import { enrolTotp } from "../support/enrolment/enrolment.js";
import { enrolEmail, Mailbox, otherThan } from "../support/enrolment/mailbox.js";
import { startTestService, type TestService } from "../support/service.js";
import { type FaultProxy, startFaultProxy } from "../support/stores/fault-proxy.js";
import { untilDone } from "../support/until.js";

const mailbox = new Mailbox();
let toPostgres: FaultProxy;
let service: TestService;
beforeAll(async () => {
  service = await startTestService({
    replicas: 2,
    overrides: { senders: { email: mailbox.email, sms: undefined } },
    config: { databaseTimeLimitMs: 1_000 },
    databaseUrl: async (url) => {
      const { hostname, port } = new URL(url);
      toPostgres = await startFaultProxy({ host: hostname, port: Number(port) });
      const through = new URL(url);
      through.hostname = toPostgres.host;
      through.port = String(toPostgres.port);
      return through.href;
    },
  });
});
afterAll(async () => {
  await service[Symbol.asyncDispose]();
  await toPostgres[Symbol.asyncDispose]();
});

/** On a machine that does much else a store may miss the limit without a fault: then another user enrols. */
function enrolPatiently() {
  return untilDone(() => enrolTotp(service.client, service.clock));
}

interface Login {
  readonly userId: string;
  readonly code: string;
  readonly requestId: string;
}

/** Asks both replicas in turn while Postgres is away, then until one answers. */
async function askThroughAnOutage(login: Login) {
  await toPostgres.set("reset");
  for (const { client } of [...service.replicas, ...service.replicas]) {
    await expect(client.verifyCode(login)).rejects.toSatisfy(reasonOf("STORE_UNAVAILABLE"));
  }
  await toPostgres.set("pass");
  return askUntilAnswered(login);
}

async function askUntilAnswered(login: Login) {
  let answer: Awaited<ReturnType<TestService["client"]["verifyCode"]>> | undefined;
  await expect
    .poll(async () => {
      answer = await service.replicas[1]!.client.verifyCode(login).catch(() => undefined);
      return answer;
    })
    .toBeDefined();
  return answer!.outcome;
}

test("a wrong code under one request_id costs one attempt, however often a store fails under it", async () => {
  const { userId, authenticator } = await enrolPatiently();
  const code = otherThan(authenticator.code(service.clock.ms));
  const outcome = await askThroughAnOutage({ userId, code, requestId: `outage-${userId}` });
  expect(outcome).toMatchObject({
    case: "rejected",
    value: { reason: RejectionReason.INVALID_CODE, remainingAttempts: 2 },
  });
});

test("a right code that a store kept from being accepted is accepted on the retry", async () => {
  const { userId, authenticator, backupCodes } = await enrolPatiently();
  const totp = { userId, code: authenticator.code(service.clock.ms), requestId: `totp-${userId}` };
  expect((await askThroughAnOutage(totp)).case).toBe("approved");
  const backup = { userId, code: backupCodes[0]!, requestId: `backup-${userId}` };
  expect((await askThroughAnOutage(backup)).case).toBe("approved");
});

test("a sent code that a store kept from being accepted is accepted on the retry, though its challenge is spent; under another id it is a replay", async () => {
  const { userId, email } = await untilDone(() => enrolEmail(service.client, mailbox));
  await untilDone(() => service.client.sendVerificationCode({ userId }));
  const login = { userId, code: mailbox.code(email), requestId: `sent-${userId}` };
  expect((await askThroughAnOutage(login)).case).toBe("approved");
  expect(await askUntilAnswered({ ...login, requestId: `other-${userId}` })).toMatchObject({
    case: "rejected",
    value: { reason: RejectionReason.CODE_REPLAYED },
  });
});
