import { ConnectError } from "@connectrpc/connect";
import { MfaService } from "@countersign/protocol/countersign/mfa/v1/mfa_service_pb.js";
import { ErrorInfoSchema, RetryInfoSchema } from "@countersign/protocol/google/rpc/error_details_pb.js";
import { expect, test } from "vitest";
import { BareClient } from "../support/client/bare-client.js";
import { enrolTotp } from "../support/enrolment/enrolment.js";
import { DEFAULT_MFA_POLICY } from "../support/security.js";
import { startTestService } from "../support/service.js";

/** The hasher works on two and lets 128 wait. */
const CROWD = 500;
/** On a machine that does much else, some that wait come to the end of their time: they are let go, too. */
const ENDS = new Set(["rejected", "OVERLOADED, try again", "DEADLINE_EXCEEDED"]);

test("a crowd of backup codes is shed, an authenticator's login in the midst of it is served, and then all is well", async () => {
  const policy = { ...DEFAULT_MFA_POLICY, maxAttempts: 10 * CROWD };
  await using service = await startTestService({ overrides: { policy: () => policy, backupCodeLogN: 11 } });
  const { client, clock } = service;
  const [guesser, user] = [await enrolTotp(client, clock), await enrolTotp(client, clock)];
  const crowd = Array.from({ length: CROWD }, (_, guess) => {
    const code = guess.toString(16).toUpperCase().padStart(12, "0");
    return client.verifyCode({ userId: guesser.userId, code }).then(
      ({ outcome }) => outcome.case ?? "unset",
      (error: unknown) => describeShedding(error),
    );
  });
  const login = await client.verifyCode({ userId: user.userId, code: user.authenticator.code(clock.ms) });
  expect(login.outcome.case).toBe("approved");

  const outcomes = await Promise.all(crowd);
  expect(outcomes.filter((outcome) => !ENDS.has(outcome))).toEqual([]);
  expect(outcomes).toEqual(expect.arrayContaining(["rejected", "OVERLOADED, try again"]));
  const code = user.backupCodes[0]!;
  expect((await client.verifyCode({ userId: user.userId, code })).outcome.case).toBe("approved");
});

function describeShedding(error: unknown): string {
  const found = ConnectError.from(error);
  const reason = found.findDetails(ErrorInfoSchema)[0]?.reason ?? String(error);
  return found.findDetails(RetryInfoSchema).length === 1 ? `${reason}, try again` : reason;
}

test("of 2,000 concurrent calls each is answered or shed, with two connections to Postgres", async () => {
  await using service = await startTestService({ config: { databaseConnections: 2 } });
  const { client, clock } = service;
  const { userId, authenticator } = await enrolTotp(client, clock);
  const bare = new BareClient(service.url);
  const { getMfaStatus } = MfaService.method;
  const answers = await Promise.all(
    Array.from({ length: 2_000 }, (_, call) =>
      bare.call(getMfaStatus, { userId: call % 2 === 0 ? userId : `nobody-${call}` }).then(
        ({ enabled }) => String(enabled),
        (error: unknown) => String(error),
      ),
    ),
  );
  // On a machine that does much else some come to the end of their time.
  const known = [/^true$/, /^false$/, /status (?:4|8):/];
  expect(answers.filter((answer) => !known.some((form) => form.test(answer)))).toEqual([]);
  expect(answers).toEqual(expect.arrayContaining(["true", "false"]));
  const code = authenticator.code(clock.ms);
  expect((await client.verifyCode({ userId, code })).outcome.case).toBe("approved");
  await bare[Symbol.asyncDispose]();
});
