import { setTimeout as sleep } from "node:timers/promises";
import { MfaService } from "@countersign/protocol/countersign/mfa/v1/mfa_service_pb.js";
import { RejectionReasonSchema } from "@countersign/protocol/countersign/mfa/v1/rejection_pb.js";
import type { Authenticator } from "../../support/enrolment/authenticator.js";
import { beginTotp } from "../../support/enrolment/enrolment.js";
import type { TestService } from "../../support/service.js";
import type { GrpcCaller } from "./grpc-caller.js";

/** A user who logs in by the machine's clock. */
interface LoginUser {
  readonly userId: string;
  readonly authenticator: Authenticator;
  /** The last time step whose code was sent. */
  step: number;
}

const STEP_MS = 30_000;
const BUSY =
  /^(?:14 STORE_UNAVAILABLE|4 DEADLINE_EXCEEDED|8 OVERLOADED|no answer in \d+ ms|.*(?:NGHTTP2_REFUSED_STREAM|receiving a GOAWAY))$/;

/** Enrols users with the code of the step before, so that each may log in twice immediately and then once a step. */
export async function enrolLoginUsers({ client }: TestService, count: number): Promise<LoginUser[]> {
  const users: LoginUser[] = [];
  for (let made = 0; made < count; made += 1) {
    const { userId, authenticator } = await beginTotp(client);
    const step = await confirm(client, userId, authenticator);
    users.push({ userId, authenticator, step });
  }
  return users;
}

/** Answers the step whose code was accepted. On a busy machine a code may have become too old on its way; the next one is asked for then. */
async function confirm(
  client: TestService["client"],
  userId: string,
  authenticator: Authenticator,
): Promise<number> {
  for (let tries = 0; tries < 3; tries += 1) {
    const step = Math.floor(Date.now() / STEP_MS) - 1;
    const { outcome } = await client.verifySetup({ userId, code: authenticator.code(step * STEP_MS) });
    if (outcome.case === "enabled") return step;
  }
  throw new Error("an enrolment was rejected three times");
}

/** Logins at a steady rate, whatever becomes of earlier ones: each right code is approved, and rejected when it is sent again. */
export class LoginStream {
  readonly latenciesMs: number[] = [];
  /** Every answer that was not the expected one, and how often it came. */
  readonly wrong = new Map<string, number>();
  approved = 0;
  /** Answers that ask to try again or did not come: a machine that other tests share may be too busy, and none of them approves anything. */
  readonly busy = new Map<string, number>();
  #running = true;
  readonly #done: Promise<void>;

  constructor(
    private readonly users: LoginUser[],
    private readonly options: { readonly caller: GrpcCaller; readonly perSecond: number },
  ) {
    this.#done = this.#run();
  }

  /** Ends the stream, and answers once every login has its answer. */
  async stop(): Promise<void> {
    this.#running = false;
    await this.#done;
  }

  async #run(): Promise<void> {
    const { perSecond } = this.options;
    const started = performance.now();
    const pending = new Set<Promise<void>>();
    for (let begun = 0; this.#running; begun += 1) {
      const login = this.#login().finally(() => pending.delete(login));
      pending.add(login);
      await sleep(Math.max(0, started + ((begun + 1) * 1_000) / perSecond - performance.now()));
    }
    await Promise.all(pending);
  }

  /** A login by a code that was not used, then the same code again. Does nothing while every user has used every code of this time. */
  async #login(): Promise<void> {
    const now = Math.floor(Date.now() / STEP_MS);
    const user = this.users.shift();
    if (user === undefined) return;
    this.users.push(user);
    // The policy's window takes the code of the next step too. That of the step before may be too old when it arrives.
    const step = Math.max(user.step + 1, now);
    if (step > now + 1) return;
    user.step = step;
    const code = user.authenticator.code(step * STEP_MS);
    const first = await this.#verify(user.userId, code);
    if (first !== "approved") {
      this.#notApproved(first);
      return;
    }
    this.approved += 1;
    const again = await this.#verify(user.userId, code);
    if (BUSY.test(again)) count(this.busy, again);
    else if (again !== "CODE_REPLAYED") count(this.wrong, `a code that was used: ${again}`);
  }

  #notApproved(answer: string): void {
    if (BUSY.test(answer)) count(this.busy, answer);
    else count(this.wrong, `a right code: ${answer}`);
  }

  async #verify(userId: string, code: string): Promise<string> {
    const started = performance.now();
    const answer = await this.options.caller.call(MfaService.method.verifyCode, { userId, code });
    this.latenciesMs.push(performance.now() - started);
    if (answer.kind === "broken") return answer.cause;
    if (answer.kind === "error") return `${answer.status} ${answer.reason}`;
    const { outcome } = answer.message;
    return outcome.case === "rejected"
      ? (RejectionReasonSchema.value[outcome.value.reason]?.localName ?? "")
      : (outcome.case ?? "");
  }
}

/** Of latencies, in their unit; NaN where there are none. */
export function percentile(latencies: readonly number[], share: number): number {
  const sorted = [...latencies].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}

function count(answers: Map<string, number>, answer: string): void {
  answers.set(answer, (answers.get(answer) ?? 0) + 1);
}
