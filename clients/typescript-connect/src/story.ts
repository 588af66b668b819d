import { randomUUID } from "node:crypto";
import { create } from "@bufbuild/protobuf";
import { Code, ConnectError } from "@connectrpc/connect";
import type { CheckedCode, MfaClient } from "@countersign/client";
import { Method } from "@countersign/protocol/countersign/mfa/v1/method_pb.js";
import { VerifyCodeResponseSchema } from "@countersign/protocol/countersign/mfa/v1/mfa_service_pb.js";
import { RejectionReason } from "@countersign/protocol/countersign/mfa/v1/rejection_pb.js";
import { openClient } from "./channel.js";
import { connectingSteps, OVERSIZES, type Step } from "./connecting.js";
import { appCode, mistyped, textMessage } from "./end-user.js";
import { fieldsOf, reasonOf, retryAfterMsOf, whatToDo } from "./errors.js";
import { errorOf, expect } from "./expectations.js";
import { checkLogin } from "./login.js";
import type { Settings } from "./settings.js";

export class Story {
  readonly #userId = `connect-${randomUUID()}`;
  readonly #smsUser = `connect-sms-${randomUUID()}`;
  #secret = "";
  #enrolTime = 0;
  #loginCode = "";
  #backupCodes: readonly string[] = [];
  #smsBackupCodes: readonly string[] = [];

  constructor(
    private readonly settings: Settings,
    private readonly client: MfaClient,
  ) {}

  /** The story in order. Steps that need what is not configured are left out. */
  steps(): Step[] {
    return [
      ["enrol TOTP", () => this.#enrolTotp()],
      ["confirm", () => this.#confirm()],
      ["log in", () => this.#logIn()],
      ["wrong code", () => this.#wrongCode()],
      ["replay", () => this.#replay()],
      ["lock", () => this.#lock()],
      ["backup code", () => this.#backupCode()],
      ["SMS code", () => this.#smsCode()],
      ["error details", () => this.#errorDetails()],
      ["oversized request", () => this.#oversizedRequest()],
      ["deadline", () => this.#deadline()],
      ["unset outcome", () => this.#unsetOutcome()],
      ...connectingSteps(this.settings),
    ];
  }

  async #enrolTotp(): Promise<void> {
    const setup = await this.client.setupMfa({ userId: this.#userId, method: Method.TOTP });
    expect(setup.enrolment.case === "totp", setup.enrolment.case);
    this.#backupCodes = setup.backupCodes; // shown to the user this once, as are the secret and its QR code
    this.#secret = setup.enrolment.value.secret;
  }

  async #confirm(): Promise<void> {
    this.#enrolTime = Math.floor(Date.now() / 1_000);
    const code = appCode(this.#secret, this.#enrolTime);
    const { outcome } = await this.client.verifySetup({ userId: this.#userId, code });
    expect(outcome.case === "enabled", outcome);
  }

  /** Takes the next code, for the one that confirmed is spent. One step early is within the tolerance. */
  async #logIn(): Promise<void> {
    this.#loginCode = appCode(this.#secret, this.#enrolTime + 30);
    const checked = await this.#check(this.#loginCode);
    expect(checked.approved, checked);
  }

  async #wrongCode(): Promise<void> {
    const checked = await this.#check(mistyped(this.#loginCode));
    expectRejection(checked, { reason: RejectionReason.INVALID_CODE, remaining: 2 });
  }

  /** Costs no attempt: the code that was accepted last is no guess. */
  async #replay(): Promise<void> {
    const checked = await this.#check(this.#loginCode);
    expectRejection(checked, { reason: RejectionReason.CODE_REPLAYED, remaining: 2 });
  }

  /** Spends the attempts that are left. From then on right and wrong codes get one and the same answer, which says how long. */
  async #lock(): Promise<void> {
    await this.#check(mistyped(this.#loginCode));
    await this.#check(mistyped(this.#loginCode));
    const checked = await this.#check(this.#loginCode);
    expectRejection(checked, { reason: RejectionReason.TOO_MANY_ATTEMPTS, remaining: 0 });
    const wait = checked.approved ? 0 : (checked.retryAfterMs ?? 0);
    expect(wait > 0 && wait <= 30_000, checked);
  }

  /** Gets the user in meanwhile: backup codes are counted apart. */
  async #backupCode(): Promise<void> {
    const checked = await this.#check(this.#backupCodes[0] ?? "");
    expect(checked.approved && checked.approval.backupCodesRemaining === 9, checked);
  }

  async #smsCode(): Promise<void> {
    const [userId, { outbox, phoneNumber }] = [this.#smsUser, this.settings];
    const setup = await this.client.setupMfa({ userId, method: Method.SMS, phoneNumber });
    this.#smsBackupCodes = setup.backupCodes;
    const { outcome } = await this.client.verifySetup({
      userId,
      code: await textMessage(outbox, phoneNumber),
    });
    expect(outcome.case === "enabled", outcome);
    // A request id makes the retries safe: one id, one message.
    await this.client.sendVerificationCode({ userId, requestId: randomUUID() });
    const code = await textMessage(outbox, phoneNumber);
    const checked = await checkLogin(this.client, { userId, code, requestId: randomUUID() });
    expect(checked.approved && checked.approval.method === Method.SMS, checked);
  }

  async #errorDetails(): Promise<void> {
    const nobody = { userId: `nobody-${randomUUID()}`, code: "123456", requestId: randomUUID() };
    const unknown = ConnectError.from(await errorOf(checkLogin(this.client, nobody)));
    expect(unknown.code === Code.FailedPrecondition, unknown);
    expect(reasonOf(unknown) === "MFA_NOT_ENABLED" && whatToDo(unknown) === "enrol first", unknown);
    const malformed = await errorOf(this.#check("12 34"));
    expect(reasonOf(malformed) === "INVALID_FIELD" && fieldsOf(malformed).join() === "code", malformed);
    // Requested again immediately, a second message has to wait.
    await this.client.sendVerificationCode({ userId: this.#smsUser });
    const early = await errorOf(this.client.sendVerificationCode({ userId: this.#smsUser }));
    const wait = retryAfterMsOf(early) ?? 0;
    expect(reasonOf(early) === "SEND_RATE_LIMITED" && wait > 0 && wait <= 30_000, early);
  }

  /** Sends more than the 64 KiB that a message may have. The answer arrives however much was sent before it. */
  async #oversizedRequest(): Promise<void> {
    for (const size of OVERSIZES) {
      const request = { userId: "x".repeat(size), code: "123456", requestId: randomUUID() };
      const error = ConnectError.from(await errorOf(checkLogin(this.client, request)));
      expect(error.code === Code.ResourceExhausted && reasonOf(error) === "MESSAGE_TOO_LARGE", error);
    }
  }

  /**
   * Gives a call less time than a backup code takes. It may have taken effect: asked again under the same request id, Countersign
   * gives the answer that was lost, and spends no second attempt.
   */
  async #deadline(): Promise<void> {
    const request = { userId: this.#smsUser, code: this.#smsBackupCodes[0] ?? "", requestId: randomUUID() };
    const hasty = openClient({ ...this.settings, timeoutMs: 1 });
    const late = ConnectError.from(await errorOf(checkLogin(hasty, request)));
    expect(late.code === Code.DeadlineExceeded, late);
    const checked = await checkLogin(this.client, request);
    expect(checked.approved, checked);
  }

  async #unsetOutcome(): Promise<void> {
    const verifyCode = () => Promise.resolve(create(VerifyCodeResponseSchema));
    const checked = await checkLogin({ verifyCode }, { userId: "anyone", code: "123456", requestId: "1" });
    expect(!checked.approved, checked);
  }

  #check(code: string): Promise<CheckedCode> {
    return checkLogin(this.client, { userId: this.#userId, code, requestId: randomUUID() });
  }
}

function expectRejection(
  checked: CheckedCode,
  { reason, remaining }: { reason: RejectionReason; remaining: number },
): void {
  const rejection = checked.approved ? undefined : checked.rejection;
  expect(rejection?.reason === reason && rejection.remainingAttempts === remaining, checked);
}
