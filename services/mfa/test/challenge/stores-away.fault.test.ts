import { Method } from "@countersign/protocol/countersign/mfa/v1/method_pb.js";
import { RejectionReason } from "@countersign/protocol/countersign/mfa/v1/rejection_pb.js";
import { Redis } from "ioredis";
import { afterEach, expect, test } from "vitest";
import { reasonOf } from "../support/client/errors.js";
import { rejectedFor } from "../support/client/outcomes.js";
import { enrolEmail, Mailbox } from "../support/enrolment/mailbox.js";
import { startTestService, type TestService, type TestServiceOptions } from "../support/service.js";
import { type FaultProxy, startFaultProxy } from "../support/stores/fault-proxy.js";
import { type OwnRedis, startRedis } from "../support/stores/redis.js";
import { untilDone } from "../support/until.js";

let redis: OwnRedis;
let toPostgres: FaultProxy;
let service: TestService;
let mailbox: Mailbox;
async function start(config: TestServiceOptions["config"] = {}): Promise<void> {
  mailbox = new Mailbox();
  redis = await startRedis();
  service = await startTestService({
    redisUrl: redis.url,
    overrides: { senders: mailbox },
    config,
    databaseUrl: async (url) => {
      const proxied = new URL(url);
      toPostgres = await startFaultProxy({ host: proxied.hostname, port: Number(proxied.port) });
      proxied.host = `${toPostgres.host}:${toPostgres.port}`;
      return proxied.href;
    },
  });
}
afterEach(async () => {
  for (const owner of [service, toPostgres, redis]) await owner[Symbol.asyncDispose]();
});

const send = (userId: string) => service.client.sendVerificationCode({ userId });

test("nothing is sent while a store is away, and sending resumes by itself", async () => {
  await start({ databaseTimeLimitMs: 1_000, redisTimeLimitMs: 1_000 });
  const { userId, email } = await untilDone(() => enrolEmail(service.client, mailbox));
  const sent = mailbox.list().length;
  await toPostgres.set("reset");
  await expect(send(userId)).rejects.toSatisfy(reasonOf("STORE_UNAVAILABLE"));
  await toPostgres.set("pass");
  await redis.kill();
  await expect(send(userId)).rejects.toSatisfy(reasonOf("STORE_UNAVAILABLE"));
  const setup = { userId: "new", method: Method.EMAIL, email: "new@example.com" };
  await expect(service.client.setupMfa(setup)).rejects.toSatisfy(reasonOf("STORE_UNAVAILABLE"));
  expect(mailbox.list()).toHaveLength(sent);
  await redis.restart();
  await expect
    .poll(() =>
      send(userId).then(
        () => "sent",
        () => "refused",
      ),
    )
    .toBe("sent");
  const login = { userId, code: mailbox.code(email) };
  const { outcome } = await untilDone(() => service.client.verifyCode(login));
  expect(outcome.case).toBe("approved");
});

test("a Redis that is full takes no challenge, and nothing is sent", async () => {
  await start();
  const { userId } = await enrolEmail(service.client, mailbox);
  const operator = new Redis(redis.url);
  await operator.config("SET", "maxmemory", "1");
  await expect(send(userId)).rejects.toSatisfy(reasonOf("STORE_UNAVAILABLE"));
  operator.disconnect();
  expect(mailbox.list()).toHaveLength(1);
});

test("a code whose audit row could not be written is dead", async () => {
  await start();
  const { userId, email } = await enrolEmail(service.client, mailbox);
  const { sql } = service.database;
  await sql`alter table mfa_audit_events add constraint broken
    check (action <> 'send_verification_code' or outcome <> 'succeeded') not valid`;
  await expect(send(userId)).rejects.toThrow();
  expect(mailbox.count(email)).toBe(2);
  const { outcome } = await service.client.verifyCode({ userId, code: mailbox.code(email) });
  expect(outcome).toEqual(rejectedFor(RejectionReason.NO_PENDING_CHALLENGE));
});

test("a code that Postgres could not accept is not accepted later", async () => {
  await start();
  const { userId, email } = await enrolEmail(service.client, mailbox);
  await send(userId);
  const code = mailbox.code(email);
  const { sql } = service.database;
  await sql`alter table mfa_audit_events add constraint broken check (action <> 'verify_code') not valid`;
  await expect(service.client.verifyCode({ userId, code })).rejects.toThrow();
  await sql`alter table mfa_audit_events drop constraint broken`;
  const { outcome } = await service.client.verifyCode({ userId, code });
  expect(outcome).toEqual(rejectedFor(RejectionReason.CODE_REPLAYED));
});
