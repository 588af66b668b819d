import { randomUUID } from "node:crypto";
import { create } from "@bufbuild/protobuf";
import { Code } from "@connectrpc/connect";
import {
  type CheckedCode,
  CountersignError,
  checkSetup,
  Method,
  type MfaClient,
  type RejectionReasonName,
} from "@countersign/client";
import { VerifyCodeResponseSchema } from "@countersign/protocol/countersign/mfa/v1/mfa_service_pb.js";
import { openClient } from "./channel.js";
import { connectingSteps, OVERSIZES, type Step } from "./connecting.js";
import { appCode, mistyped, textMessage } from "./end-user.js";
import { whatToDo } from "./errors.js";
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
    const checked = await checkSetup(this.client, { userId: this.#userId, code });
    expect(checked.accepted, checked);
  }

  /** Takes the next code, for the one that confirmed is spent. One step early is within the tolerance. */
  async #logIn(): Promise<void> {
    this.#loginCode = appCode(this.#secret, this.#enrolTime + 30);
    const checked = await this.#check(this.#loginCode);
    expect(checked.approved, checked);
  }

  async #wrongCode(): Promise<void> {
    const checked = await this.#check(mistyped(this.#loginCode));
    expectRejection(checked, { reason: "INVALID_CODE", remaining: 2 });
  }

  /** Costs no attempt: the code that was accepted last is no guess. */
  async #replay(): Promise<void> {
    const checked = await this.#check(this.#loginCode);
    expectRejection(checked, { reason: "CODE_REPLAYED", remaining: 2 });
  }

  /** Spends the attempts that are left. From then on right and wrong codes get one and the same answer, which says how long. */
  async #lock(): Promise<void> {
    await this.#check(mistyped(this.#loginCode));
    await this.#check(mistyped(this.#loginCode));
    const checked = await this.#check(this.#loginCode);
    expectRejection(checked, { reason: "TOO_MANY_ATTEMPTS", remaining: 0 });
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
    const first = await textMessage(outbox, phoneNumber);
    const confirmed = await checkSetup(this.client, { userId, code: first });
    expect(confirmed.accepted, confirmed);
    // A request id makes the retries safe: one id, one message.
    await this.client.sendVerificationCode({ userId, requestId: randomUUID() });
    const code = await textMessage(outbox, phoneNumber);
    const checked = await checkLogin(this.client, { userId, code, requestId: randomUUID() });
    expect(checked.approved && checked.approval.method === Method.SMS, checked);
  }

  async #errorDetails(): Promise<void> {
    const nobody = { userId: `nobody-${randomUUID()}`, code: "123456", requestId: randomUUID() };
    const unknown = CountersignError.from(await errorOf(checkLogin(this.client, nobody)));
    expect(unknown.code === Code.FailedPrecondition, unknown);
    expect(unknown.reason === "MFA_NOT_ENABLED" && whatToDo(unknown) === "enrol first", unknown);
    expect(
      unknown.helpUrl?.endsWith("#mfa_not_enabled") === true && unknown.requestId !== undefined,
      unknown,
    );
    // What is no code at all is an error of VerifyCode, and for checkCode the user's slip: a refusal.
    const slip = { userId: this.#userId, code: "12 34" };
    const malformed = CountersignError.from(await errorOf(this.client.verifyCode(slip)));
    expect(malformed.reason === "INVALID_FIELD" && malformed.fields.join() === "code", malformed);
    const refused = await this.#check(slip.code);
    expect(!refused.approved && refused.reason === "INVALID_FIELD", refused);
    // Requested again immediately, a second message has to wait.
    await this.client.sendVerificationCode({ userId: this.#smsUser });
    const again = this.client.sendVerificationCode({ userId: this.#smsUser });
    const early = CountersignError.from(await errorOf(again));
    const wait = early.retryAfterMs ?? 0;
    expect(early.reason === "SEND_RATE_LIMITED" && wait > 0 && wait <= 30_000, early);
  }

  /** Sends more than the 64 KiB that a message may have. The answer arrives however much was sent before it. */
  async #oversizedRequest(): Promise<void> {
    for (const size of OVERSIZES) {
      const request = { userId: "x".repeat(size), code: "123456", requestId: randomUUID() };
      const error = CountersignError.from(await errorOf(checkLogin(this.client, request)));
      expect(error.code === Code.ResourceExhausted && error.reason === "MESSAGE_TOO_LARGE", error);
    }
  }

  /**
   * Gives a call less time than a backup code takes. It may have taken effect: asked again under the same request id, Countersign
   * gives the answer that was lost, and spends no second attempt.
   */
  async #deadline(): Promise<void> {
    const request = { userId: this.#smsUser, code: this.#smsBackupCodes[0] ?? "", requestId: randomUUID() };
    const hasty = openClient({ ...this.settings, timeoutMs: 1 });
    const late = CountersignError.from(await errorOf(checkLogin(hasty, request)));
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
  { reason, remaining }: { reason: RejectionReasonName; remaining: number },
): void {
  expect(!checked.approved && checked.reason === reason && checked.remainingAttempts === remaining, checked);
}
