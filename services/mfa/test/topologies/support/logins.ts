import { RejectionReason } from "@countersign/protocol/countersign/mfa/v1/rejection_pb.js";
import { expect } from "vitest";
import { reasonOf } from "../../support/client/errors.js";
import type { MfaClient } from "../../support/service.js";
import type { Code } from "./right-codes.js";

type Answer = "approved" | "unavailable" | "no outcome" | RejectionReason;

export interface LoginsReport {
  readonly approved: readonly Code[];
  /** Right codes that were answered UNAVAILABLE and, tried again, had been accepted: the answer alone was lost. */
  readonly lostAnswers: number;
}

/** Logins by right codes, each tried until its answer is certain. */
export class Logins {
  /** Approved one after another, up to now. */
  inARow = 0;
  unavailable = 0;
  readonly #client: MfaClient;
  #waiting: Code[];
  readonly #approved: Code[] = [];
  /** Those whose answer was UNAVAILABLE at least once. */
  readonly #inDoubt = new Set<Code>();
  readonly #underWay = new Set<Promise<void>>();
  readonly #wrong: unknown[] = [];
  #lostAnswers = 0;

  constructor(client: MfaClient, codes: readonly Code[]) {
    this.#client = client;
    this.#waiting = [...codes];
  }

  /** Whether every login so far was answered. */
  get idle(): boolean {
    return this.#underWay.size === 0;
  }

  next(): void {
    const code = this.#waiting.shift();
    if (code === undefined) return;
    const login = this.#tryOne(code).catch((error: unknown) => void this.#wrong.push(error));
    this.#underWay.add(login);
    void login.finally(() => this.#underWay.delete(login));
  }

  /** Throws once there was an answer that none of them may get. */
  expectNoneWrong(): void {
    expect(this.#wrong).toEqual([]);
  }

  async finish(): Promise<LoginsReport> {
    await Promise.all(this.#underWay);
    this.#waiting = this.#waiting.filter((code) => this.#inDoubt.has(code));
    while (this.#waiting.length > 0) {
      this.next();
      await Promise.all(this.#underWay);
    }
    this.expectNoneWrong();
    return { approved: this.#approved, lostAnswers: this.#lostAnswers };
  }

  async #tryOne(code: Code): Promise<void> {
    const answer = await answerTo(this.#client, code);
    if (answer === "approved") {
      this.inARow += 1;
      this.#approved.push(code);
    } else if (answer === "unavailable") {
      this.inARow = 0;
      this.unavailable += 1;
      this.#inDoubt.add(code);
      this.#waiting.push(code);
    } else if (answer === RejectionReason.CODE_REPLAYED && this.#inDoubt.has(code)) {
      this.#lostAnswers += 1;
    } else {
      this.#wrong.push(answer);
    }
  }
}

async function answerTo(client: MfaClient, code: Code): Promise<Answer> {
  try {
    const { outcome } = await client.verifyCode(code);
    if (outcome.case === "approved") return "approved";
    return outcome.case === "rejected" ? outcome.value.reason : "no outcome";
  } catch (error) {
    if (reasonOf("STORE_UNAVAILABLE")(error)) return "unavailable";
    throw error;
  }
}
