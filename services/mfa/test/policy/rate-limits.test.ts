import { Code, ConnectError } from "@connectrpc/connect";
import { ErrorInfoSchema, RetryInfoSchema } from "@countersign/protocol/google/rpc/error_details_pb.js";
import { expect, test } from "vitest";
import { reasonOf } from "../support/client/errors.js";
import { enrolTotp } from "../support/enrolment/enrolment.js";
import { ChangingSecurity } from "../support/security.js";
import { startTestService } from "../support/service.js";
import { startRedis } from "../support/stores/redis.js";
import { untilDone } from "../support/until.js";

test("a caller gets its limit with its burst over all replicas, then is told when to come back", async () => {
  const security = new ChangingSecurity({
    rateLimit: { enabled: true, apiRequestsPerMinute: 20, burstMultiplier: 1.5 },
  });
  await using service = await startTestService({ replicas: 2, config: { security } });
  const started = performance.now();
  const answers = await Promise.allSettled(
    Array.from({ length: 60 }, (_, call) =>
      service.replicas[call % 2]!.client.isMfaRequired({ userId: `user-${call}` }),
    ),
  );
  const refused = answers.flatMap((answer) =>
    answer.status === "rejected" ? [answer.reason as unknown] : [],
  );
  expect(60 - refused.length).toBeGreaterThanOrEqual(30);
  // And what the bucket got back meanwhile: a token in three seconds.
  expect(60 - refused.length).toBeLessThanOrEqual(31 + (performance.now() - started) / 3_000);
  const error = ConnectError.from(refused[0]);
  expect(error.code).toBe(Code.ResourceExhausted);
  expect(error.findDetails(ErrorInfoSchema)).toMatchObject([
    { reason: "CALLER_RATE_LIMITED", metadata: { limit: "api_requests_per_minute" } },
  ]);
  expect(error.findDetails(RetryInfoSchema)[0]?.retryDelay).toBeDefined();

  security.change({ rateLimit: { enabled: false } });
  await service.replicas[0]?.server.reload();
  await expect(service.client.isMfaRequired({ userId: "anna" })).resolves.toMatchObject({ required: false });
});

test("one user's codes are checked so often a minute: what is beyond charges nothing, and others are not held up", async () => {
  const security = new ChangingSecurity({
    rateLimit: { enabled: true, apiRequestsPerMinute: 10_000, loginAttemptsPerMinute: 2, burstMultiplier: 2 },
  });
  await using service = await startTestService({ replicas: 2, config: { security } });
  const { client, clock } = service;
  const user = await enrolTotp(client, clock);
  const other = await enrolTotp(client, clock);
  const verify = (code: string) => client.verifyCode({ userId: user.userId, code });
  for (const code of user.backupCodes.slice(0, 4)) expect((await verify(code)).outcome.case).toBe("approved");
  const spare = user.backupCodes[4]!;
  for (let call = 0; call < 5; call += 1)
    await expect(verify(spare)).rejects.toSatisfy(reasonOf("USER_RATE_LIMITED"));
  const totp = user.authenticator.code(clock.ms);
  await expect(verify(totp)).rejects.toSatisfy(reasonOf("USER_RATE_LIMITED"));
  await expect(client.disableMfa({ userId: user.userId, code: totp })).rejects.toSatisfy(
    reasonOf("USER_RATE_LIMITED"),
  );
  const { outcome } = await client.verifyCode({ userId: other.userId, code: other.backupCodes[0]! });
  expect(outcome.case).toBe("approved");

  security.change({ rateLimit: { enabled: false } });
  await service.replicas[0]?.server.reload();
  expect((await verify(spare)).outcome.case).toBe("approved");
});

test("a limit that cannot be counted lets nobody through who was not let through a moment ago, and no code is compared", async () => {
  await using redis = await startRedis();
  const security = new ChangingSecurity({ rateLimit: { enabled: true, apiRequestsPerMinute: 10 } });
  await using service = await startTestService({
    redisUrl: redis.url,
    config: { security, redisTimeLimitMs: 300 },
  });
  await redis.kill();
  await expect(service.client.isMfaRequired({ userId: "anna" })).rejects.toSatisfy(
    reasonOf("STORE_UNAVAILABLE"),
  );
  await redis.restart();
  await untilDone(() => service.client.isMfaRequired({ userId: "anna" }));
  await redis.kill();
  // The caller goes on for some seconds; codes do not.
  await expect(service.client.isMfaRequired({ userId: "anna" })).resolves.toBeDefined();
  await expect(service.client.verifyCode({ userId: "anna", code: "123456" })).rejects.toSatisfy(
    reasonOf("STORE_UNAVAILABLE"),
  );
});
