import { Method } from "@countersign/protocol/countersign/mfa/v1/method_pb.js";
import { RejectionReason } from "@countersign/protocol/countersign/mfa/v1/rejection_pb.js";
import { TotpAlgorithm } from "@countersign/protocol/countersign/mfa/v1/totp_pb.js";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { reasonOf } from "../support/client/errors.js";
import { rejectedFor } from "../support/client/outcomes.js";
import { authenticatorFor, wrongCode } from "../support/enrolment/authenticator.js";
import { beginTotp, enrolTotp } from "../support/enrolment/enrolment.js";
import { DEFAULT_MFA_POLICY as policy } from "../support/security.js";
import { startTestService, type TestService } from "../support/service.js";

let service: TestService;
beforeAll(async () => {
  service = await startTestService();
});
afterAll(() => service[Symbol.asyncDispose]());

describe("enrolment", () => {
  test("enrolment gives a secret, its URI and QR code, and ten backup codes", async () => {
    const { client } = service;
    const setup = await client.setupMfa({
      userId: "carol",
      method: Method.TOTP,
      accountName: "carol@example.com",
    });
    expect(setup).toMatchObject({ method: Method.TOTP, requiresVerification: true });
    if (setup.enrolment.case !== "totp") throw new Error("no TOTP enrolment");
    const { secret, uri, qrCodePng, qrCodeSvg, parameters } = setup.enrolment.value;
    expect(secret).toMatch(/^[A-Z2-7]{32}$/);
    expect(uri).toContain("otpauth://totp/Countersign:carol%40example.com?");
    expect(Buffer.from(qrCodePng).subarray(1, 4).toString()).toBe("PNG");
    expect(qrCodeSvg).toContain("<svg");
    expect(parameters).toMatchObject({ algorithm: TotpAlgorithm.SHA1, digits: 6, periodSeconds: 30 });
    expect(setup.backupCodes).toHaveLength(10);
    for (const code of setup.backupCodes) expect(code).toMatch(/^(?:[0-9A-F]{4}-){2}[0-9A-F]{4}$/);
  });

  test("enrolment is not in force until a right code confirms it", async () => {
    const { client, clock } = service;
    const { userId, authenticator, backupCodes } = await beginTotp(client);
    const code = authenticator.code(clock.ms);
    await expect(client.verifyCode({ userId, code })).rejects.toSatisfy(reasonOf("MFA_NOT_ENABLED"));
    await expect(client.verifyCode({ userId, code: backupCodes[0]! })).rejects.toSatisfy(
      reasonOf("MFA_NOT_ENABLED"),
    );
    expect(await client.isMfaRequired({ userId })).toMatchObject({ required: false, enrolled: false });
    const wrong = await client.verifySetup({ userId, code: wrongCode(authenticator, clock.ms) });
    expect(wrong.outcome).toEqual(rejectedFor(RejectionReason.INVALID_CODE));
    expect((await client.verifySetup({ userId, code })).outcome).toMatchObject({
      case: "enabled",
      value: { method: Method.TOTP, backupCodesRemaining: 10 },
    });
    expect(await client.isMfaRequired({ userId })).toMatchObject({ required: true, enrolled: true });
  });

  test("enrolment again replaces the pending secret: the first one confirms nothing", async () => {
    const { client, clock } = service;
    const first = await beginTotp(client);
    const second = await beginTotp(client, first.userId);
    const { userId } = first;
    const old = await client.verifySetup({ userId, code: first.authenticator.code(clock.ms) });
    expect(old.outcome).toEqual(rejectedFor(RejectionReason.INVALID_CODE));
    const fresh = await client.verifySetup({ userId, code: second.authenticator.code(clock.ms) });
    expect(fresh.outcome.case).toBe("enabled");
    clock.advance(30);
    const dead = await client.verifyCode({ userId, code: first.backupCodes[0]! });
    expect(dead.outcome).toEqual(rejectedFor(RejectionReason.INVALID_CODE));
  });

  test("enrolment dies ten minutes after it began", async () => {
    const { client, clock } = service;
    const { userId, authenticator } = await beginTotp(client);
    clock.advance(601);
    const late = await client.verifySetup({ userId, code: authenticator.code(clock.ms) });
    expect(late.outcome).toEqual(rejectedFor(RejectionReason.NO_PENDING_CHALLENGE));
  });

  test("enrolment of a user with an active factor is refused, and so is a second confirmation", async () => {
    const { client, clock } = service;
    const { userId, authenticator } = await enrolTotp(client, clock);
    await expect(client.setupMfa({ userId, method: Method.TOTP })).rejects.toSatisfy(
      reasonOf("MFA_ALREADY_ENABLED"),
    );
    const code = authenticator.code(clock.ms);
    await expect(client.verifySetup({ userId, code })).rejects.toSatisfy(reasonOf("MFA_ALREADY_VERIFIED"));
    await expect(client.verifySetup({ userId: "nobody", code })).rejects.toSatisfy(
      reasonOf("MFA_NOT_CONFIGURED"),
    );
  });

  test("confirmations are limited like logins", async () => {
    const { client, clock } = service;
    const { userId, authenticator } = await beginTotp(client);
    const wrong = wrongCode(authenticator, clock.ms);
    for (let attempt = 0; attempt < 3; attempt += 1) await client.verifySetup({ userId, code: wrong });
    const locked = await client.verifySetup({ userId, code: authenticator.code(clock.ms) });
    expect(locked.outcome).toEqual(rejectedFor(RejectionReason.TOO_MANY_ATTEMPTS));
  });
});

describe("login", () => {
  test("login accepts a code once, and no code of that step or an earlier one again", async () => {
    const { client, clock } = service;
    const { userId, authenticator } = await enrolTotp(client, clock);
    clock.advance(60);
    const login = async (offset: number) =>
      (await client.verifyCode({ userId, code: authenticator.code(clock.ms, offset) })).outcome;
    expect(await login(0)).toMatchObject({
      case: "approved",
      value: { method: Method.TOTP, backupCodesRemaining: 10 },
    });
    expect(await login(0)).toEqual(rejectedFor(RejectionReason.CODE_REPLAYED));
    expect(await login(-1)).toEqual(rejectedFor(RejectionReason.CODE_REPLAYED));
    expect(await login(1)).toMatchObject({ case: "approved" });
  });

  test("login refuses the code that confirmed enrolment", async () => {
    const { client, clock } = service;
    const { userId, authenticator } = await beginTotp(client);
    const code = authenticator.code(clock.ms);
    await client.verifySetup({ userId, code });
    expect((await client.verifyCode({ userId, code })).outcome).toEqual(
      rejectedFor(RejectionReason.CODE_REPLAYED),
    );
  });

  test.each([
    [-2, "rejected"],
    [-1, "approved"],
    [0, "approved"],
    [1, "approved"],
    [2, "rejected"],
  ])("a code %i steps off is %s", async (offset, outcome) => {
    const { client, clock } = service;
    const { userId, authenticator } = await enrolTotp(client, clock);
    clock.advance(120);
    const code = authenticator.code(clock.ms, offset);
    expect((await client.verifyCode({ userId, code })).outcome.case).toBe(outcome);
  });

  test("login counts the attempts down, locks, and says for how long", async () => {
    const { client, clock } = service;
    const { userId, authenticator } = await enrolTotp(client, clock);
    const wrong = wrongCode(authenticator, clock.ms);
    for (const remainingAttempts of [2, 1, 0]) {
      const { outcome } = await client.verifyCode({ userId, code: wrong });
      expect(outcome).toMatchObject({
        case: "rejected",
        value: { reason: RejectionReason.INVALID_CODE, remainingAttempts },
      });
    }
    const [right, stillWrong] = [authenticator.code(clock.ms), wrong];
    for (const code of [right, stillWrong]) {
      const { outcome } = await client.verifyCode({ userId, code });
      expect(outcome).toMatchObject({
        case: "rejected",
        value: { reason: RejectionReason.TOO_MANY_ATTEMPTS, remainingAttempts: 0 },
      });
      if (outcome.case === "rejected") expect(Number(outcome.value.retryAfter?.seconds)).toBeGreaterThan(25);
    }
    const status = await client.getMfaStatus({ userId });
    expect(status.lockExpireTime).toBeDefined();
    expect(status.unlockRequired).toBe(false);
  });

  test("one user's code does not log another in", async () => {
    const { client, clock } = service;
    const [one, other] = [await enrolTotp(client, clock, "007"), await enrolTotp(client, clock, "7")];
    clock.advance(60);
    const code = one.authenticator.code(clock.ms);
    const crossed = await client.verifyCode({ userId: other.userId, code });
    expect(crossed.outcome).toEqual(rejectedFor(RejectionReason.INVALID_CODE));
    expect((await client.verifyCode({ userId: one.userId, code })).outcome.case).toBe("approved");
  });
});

test("a change of policy does not break an enrolled authenticator", async () => {
  await using changing = await startTestService({
    overrides: { policy: () => ({ ...policy, totp: parameters }) },
  });
  let parameters: (typeof policy)["totp"] = { algorithm: "SHA512", digits: 8, periodSeconds: 60 };
  const { client, clock } = changing;
  const setup = await client.setupMfa({ userId: "dora", method: Method.TOTP });
  if (setup.enrolment.case !== "totp") throw new Error("no TOTP enrolment");
  const authenticator = authenticatorFor(setup.enrolment.value.uri);
  await client.verifySetup({ userId: "dora", code: authenticator.code(clock.ms) });
  parameters = { algorithm: "SHA1", digits: 6, periodSeconds: 30 };
  clock.advance(60);
  const { outcome } = await client.verifyCode({ userId: "dora", code: authenticator.code(clock.ms) });
  expect(outcome.case).toBe("approved");
});
