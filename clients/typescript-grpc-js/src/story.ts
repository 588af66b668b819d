import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { type ServiceError, status } from "@grpc/grpc-js";
import { connectingSteps, OVERSIZES, type Step } from "./connecting.js";
import { appCode, mistyped, textMessage } from "./end-user.js";
import { fieldsOf, reasonOf, retryAfterMsOf } from "./errors.js";
import { errorOf, expect } from "./expectations.js";
import { Method } from "./gen/countersign/mfa/v1/method.js";
import {
  type MfaServiceClient,
  SendVerificationCodeRequest,
  SetupMfaRequest,
  VerifyCodeResponse,
  VerifySetupRequest,
} from "./gen/countersign/mfa/v1/mfa_service.js";
import { RejectionReason } from "./gen/countersign/mfa/v1/rejection.js";
import { checkCode, judge, type Verdict } from "./login.js";
import type { Settings } from "./settings.js";
import { unary } from "./unary.js";

/** What the calls that may send a message, or make new backup codes, are given. */
const SENDING_MS = 15_000;

export class Story {
  readonly #userId = `grpc-js-${randomUUID()}`;
  readonly #smsUser = `grpc-js-sms-${randomUUID()}`;
  #secret = "";
  #enrolTime = 0;
  #loginCode = "";
  #backupCodes: readonly string[] = [];
  #smsBackupCodes: readonly string[] = [];

  constructor(
    private readonly settings: Settings,
    private readonly client: MfaServiceClient,
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
    const setup = await this.#setup({ userId: this.#userId, method: Method.METHOD_TOTP });
    expect(setup.enrolment?.$case === "totp", setup.enrolment?.$case);
    this.#backupCodes = setup.backupCodes; // shown to the user this once, as are the secret and its QR code
    this.#secret = setup.enrolment.value.secret;
  }

  async #confirm(): Promise<void> {
    this.#enrolTime = Math.floor(Date.now() / 1_000);
    const code = appCode(this.#secret, this.#enrolTime);
    await this.#confirmWith({ userId: this.#userId, code });
  }

  /** Takes the next code, for the one that confirmed is spent. One step early is within the tolerance. */
  async #logIn(): Promise<void> {
    this.#loginCode = appCode(this.#secret, this.#enrolTime + 30);
    const verdict = await this.#check(this.#loginCode);
    expect(verdict.approved, verdict);
  }

  async #wrongCode(): Promise<void> {
    const verdict = await this.#check(mistyped(this.#loginCode));
    expectRejection(verdict, { reason: RejectionReason.REJECTION_REASON_INVALID_CODE, remaining: 2 });
  }

  /** Costs no attempt: the code that was accepted last is no guess. */
  async #replay(): Promise<void> {
    const verdict = await this.#check(this.#loginCode);
    expectRejection(verdict, { reason: RejectionReason.REJECTION_REASON_CODE_REPLAYED, remaining: 2 });
  }

  /** Spends the attempts that are left. From then on right and wrong codes get one and the same answer, which says how long. */
  async #lock(): Promise<void> {
    await this.#check(mistyped(this.#loginCode));
    await this.#check(mistyped(this.#loginCode));
    const verdict = await this.#check(this.#loginCode);
    expectRejection(verdict, { reason: RejectionReason.REJECTION_REASON_TOO_MANY_ATTEMPTS, remaining: 0 });
    const wait = verdict.approved ? 0 : (verdict.rejection?.retryAfter?.seconds ?? 0);
    expect(wait > 0 && wait <= 30, verdict);
  }

  /** Gets the user in meanwhile: backup codes are counted apart. */
  async #backupCode(): Promise<void> {
    const verdict = await this.#check(this.#backupCodes[0] ?? "");
    expect(verdict.approved && verdict.approval.backupCodesRemaining === 9, verdict);
  }

  async #smsCode(): Promise<void> {
    const [userId, { outbox, phoneNumber }] = [this.#smsUser, this.settings];
    const setup = await this.#setup({ userId, method: Method.METHOD_SMS, phoneNumber });
    this.#smsBackupCodes = setup.backupCodes;
    await this.#confirmWith({ userId, code: await textMessage(outbox, phoneNumber) });
    // A request id makes the retries safe: one id, one message.
    await this.#send({ userId, requestId: randomUUID() });
    const code = await textMessage(outbox, phoneNumber);
    const verdict = await checkCode(this.client, { userId, code, requestId: randomUUID() });
    expect(verdict.approved && verdict.approval.method === Method.METHOD_SMS, verdict);
  }

  async #errorDetails(): Promise<void> {
    const nobody = { userId: `nobody-${randomUUID()}`, code: "123456", requestId: randomUUID() };
    const unknown = await errorOf(checkCode(this.client, nobody));
    expect((unknown as ServiceError).code === status.FAILED_PRECONDITION, unknown);
    expect(reasonOf(unknown) === "MFA_NOT_ENABLED", unknown);
    const malformed = await errorOf(this.#check("12 34"));
    expect(reasonOf(malformed) === "INVALID_FIELD" && fieldsOf(malformed).join() === "code", malformed);
    // Requested again immediately, a second message has to wait.
    await this.#send({ userId: this.#smsUser });
    const early = await errorOf(this.#send({ userId: this.#smsUser }));
    const wait = retryAfterMsOf(early) ?? 0;
    expect(reasonOf(early) === "SEND_RATE_LIMITED" && wait > 0 && wait <= 30_000, early);
  }

  /** Sends more than the 64 KiB that a message may have. The answer arrives however much was sent before it. */
  async #oversizedRequest(): Promise<void> {
    for (const size of OVERSIZES) {
      const request = { userId: "x".repeat(size), code: "123456", requestId: randomUUID() };
      const error = await errorOf(checkCode(this.client, request));
      expect((error as ServiceError).code === status.RESOURCE_EXHAUSTED, error);
      expect(reasonOf(error) === "MESSAGE_TOO_LARGE", error);
    }
  }

  /**
   * Gives a call less time than a backup code takes. It may have taken effect: asked again under the same request id, Countersign
   * gives the answer that was lost, and spends no second attempt.
   */
  async #deadline(): Promise<void> {
    const request = { userId: this.#smsUser, code: this.#smsBackupCodes[0] ?? "", requestId: randomUUID() };
    const late = await errorOf(checkCode(this.client, request, { timeoutMs: 1 }));
    expect((late as ServiceError).code === status.DEADLINE_EXCEEDED, late);
    const verdict = await answerAtLast(() => checkCode(this.client, request));
    expect(verdict.approved, verdict);
  }

  async #unsetOutcome(): Promise<void> {
    const verdict = judge(VerifyCodeResponse.create());
    expect(!verdict.approved, verdict);
  }

  #setup(request: { readonly userId: string; readonly method: Method; readonly phoneNumber?: string }) {
    return unary(this.client.setupMfa.bind(this.client), SetupMfaRequest.fromPartial(request), {
      timeoutMs: SENDING_MS,
    });
  }

  async #confirmWith(request: { readonly userId: string; readonly code: string }): Promise<void> {
    const verifySetup = this.client.verifySetup.bind(this.client);
    const { outcome } = await unary(verifySetup, VerifySetupRequest.fromPartial(request));
    expect(outcome?.$case === "enabled", outcome);
  }

  #send(request: { readonly userId: string; readonly requestId?: string }) {
    const send = this.client.sendVerificationCode.bind(this.client);
    return unary(send, SendVerificationCodeRequest.fromPartial(request), { timeoutMs: SENDING_MS });
  }

  #check(code: string): Promise<Verdict> {
    return checkCode(this.client, { userId: this.#userId, code, requestId: randomUUID() });
  }
}

/** Asks again for as long as the first request is still being worked on. */
async function answerAtLast(ask: () => Promise<Verdict>): Promise<Verdict> {
  for (;;) {
    try {
      return await ask();
    } catch (error) {
      if (reasonOf(error) !== "REQUEST_IN_FLIGHT") throw error;
      await sleep(retryAfterMsOf(error));
    }
  }
}

function expectRejection(
  verdict: Verdict,
  { reason, remaining }: { reason: RejectionReason; remaining: number },
): void {
  const rejection = verdict.approved ? undefined : verdict.rejection;
  expect(rejection?.reason === reason && rejection.remainingAttempts === remaining, verdict);
}
