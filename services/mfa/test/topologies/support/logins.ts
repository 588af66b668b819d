import { RejectionReason } from "@countersign/protocol/countersign/mfa/v1/rejection_pb.js";
import type { Sql } from "postgres";
import { expect } from "vitest";
import { type Enrolled, enrolTotp } from "../../support/enrolment.js";
import { reasonOf } from "../../support/errors.js";
import { rejectedFor } from "../../support/outcomes.js";
import { DEFAULT_MFA_POLICY } from "../../support/security.js";
import type { TestService } from "../../support/service.js";
import { until } from "./until.js";

/** A login every so often, whether the one before was answered or not. */
const EVERY_MS = 30;
/** In a row: before something happens, and afterwards to say that it is over. */
const ENOUGH = 10;
/** Named alike in each run, so that they are spread over the nodes of a cluster alike. */
const USERS = ["alice", "bob", "carol", "dave", "erin", "frank", "grace", "heidi"];

/** One code of one user, good once. */
export interface Code {
  readonly userId: string;
  readonly code: string;
}

type Answer = "approved" | "unavailable" | "no outcome" | RejectionReason;

/**
 * Many codes for each user, and no lock: guesses whose answer was lost stay charged, so that those who try again and again are locked out for
 * a while, which is not what is asked here.
 */
export const MANY_LOGINS = {
  policy: () => ({ ...DEFAULT_MFA_POLICY, backupCodesCount: 20, maxAttempts: 10_000 }),
};

/** The right codes of fresh users: of each one by the authenticator, and the backup codes. */
export async function mintCodes({ client, clock }: TestService): Promise<Code[]> {
  const enrolled: Enrolled[] = [];
  for (const userId of USERS) enrolled.push(await enrolTotp(client, clock, userId));
  clock.advance(60);
  return enrolled.flatMap(({ userId, authenticator, backupCodes }) =>
    [authenticator.code(clock.ms), ...backupCodes].map((code) => ({ userId, code })),
  );
}

export interface LoginsReport {
  readonly approved: readonly Code[];
  /** Right codes that were answered UNAVAILABLE and, tried again, had been accepted: the answer alone was lost. */
  readonly lostAnswers: number;
  readonly unavailable: number;
  /** From the first UNAVAILABLE until logins were approved again, one after another. */
  readonly outageMs: number;
}

/**
 * Logs users in while `event` happens to a store, and until logins work again by themselves. A call that is UNAVAILABLE is made again later,
 * as clients do. Any answer but approved and UNAVAILABLE fails the test. `event` may wait for the first UNAVAILABLE.
 */
export async function logInWhile(
  { client }: Pick<TestService, "client">,
  codes: readonly Code[],
  event: (outage: () => Promise<void>) => Promise<unknown>,
): Promise<LoginsReport> {
  const logins = new Logins(client, codes);
  const timer = setInterval(() => logins.next(), EVERY_MS);
  try {
    await until(() => logins.inARow >= ENOUGH);
    await event(() => until(() => logins.unavailable > 0));
    await until(() => logins.unavailable > 0 && logins.inARow >= ENOUGH);
  } finally {
    clearInterval(timer);
  }
  return logins.finish();
}

/** Logins by single-use codes, each tried until its answer is certain. */
class Logins {
  /** Approved one after another, up to now. */
  inARow = 0;
  unavailable = 0;
  readonly #client: TestService["client"];
  #waiting: Code[];
  readonly #approved: Code[] = [];
  /** Those whose answer was UNAVAILABLE at least once. */
  readonly #inDoubt = new Set<Code>();
  readonly #underWay = new Set<Promise<void>>();
  readonly #wrong: unknown[] = [];
  #lostAnswers = 0;
  #outage: { readonly from: number; to: number } | undefined;

  constructor(client: TestService["client"], codes: readonly Code[]) {
    this.#client = client;
    this.#waiting = [...codes];
  }

  next(): void {
    const code = this.#waiting.shift();
    if (code === undefined) return;
    const login = this.#tryOne(code).catch((error: unknown) => void this.#wrong.push(error));
    this.#underWay.add(login);
    void login.finally(() => this.#underWay.delete(login));
  }

  async finish(): Promise<LoginsReport> {
    await Promise.all(this.#underWay);
    this.#waiting = this.#waiting.filter((code) => this.#inDoubt.has(code));
    while (this.#waiting.length > 0) {
      this.next();
      await Promise.all(this.#underWay);
    }
    expect(this.#wrong).toEqual([]);
    const { from, to } = this.#outage ?? { from: 0, to: 0 };
    return {
      approved: this.#approved,
      lostAnswers: this.#lostAnswers,
      unavailable: this.unavailable,
      outageMs: Math.round(to - from),
    };
  }

  async #tryOne(code: Code): Promise<void> {
    const answer = await answerTo(this.#client, code);
    if (answer === "approved") {
      this.inARow += 1;
      this.#approved.push(code);
    } else if (answer === "unavailable") {
      this.inARow = 0;
      this.unavailable += 1;
      this.#outage = { from: this.#outage?.from ?? performance.now(), to: performance.now() };
      this.#inDoubt.add(code);
      this.#waiting.push(code);
    } else if (answer === RejectionReason.CODE_REPLAYED && this.#inDoubt.has(code)) {
      this.#lostAnswers += 1;
    } else {
      this.#wrong.push(answer);
    }
  }
}

async function answerTo(client: TestService["client"], code: Code): Promise<Answer> {
  try {
    const { outcome } = await client.verifyCode(code);
    if (outcome.case === "approved") return "approved";
    return outcome.case === "rejected" ? outcome.value.reason : "no outcome";
  } catch (error) {
    if (reasonOf("STORE_UNAVAILABLE")(error)) return "unavailable";
    throw error;
  }
}

/** None of the codes is accepted a second time. */
export async function expectAllSpent({ client }: Pick<TestService, "client">, codes: readonly Code[]): Promise<void> {
  const answers = await Promise.all(codes.map((code) => client.verifyCode(code)));
  for (const { outcome } of answers) expect(outcome).toEqual(rejectedFor(RejectionReason.CODE_REPLAYED));
}

/** As many as were approved, and not one more than can be told of. */
export async function expectAudited(sql: Sql, { approved, lostAnswers }: LoginsReport): Promise<void> {
  const [rows] = await sql`select count(*)::int as logins from mfa_audit_events
    where action = 'verify_code' and outcome = 'succeeded'`;
  expect(rows).toEqual({ logins: approved.length + lostAnswers });
}
