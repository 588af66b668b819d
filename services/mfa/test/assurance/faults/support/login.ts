import { setTimeout as sleep } from "node:timers/promises";
import type { MfaClient } from "@countersign/client";
import { RejectionReason } from "@countersign/protocol/countersign/mfa/v1/rejection_pb.js";
import { record } from "./books.js";
import { type CodeUse, excuseFor, reasonName } from "./code-use.js";
import { Flight, REQUEST_MEMORY_MS } from "./flight.js";
import { isTransient } from "./journal.js";
import { ask, type Result, type Session } from "./session.js";

/** What VerifyCode, DisableMfa and RegenerateBackupCodes have in common. */
interface CheckAnswer {
  readonly outcome: { readonly case: string | undefined; readonly value?: unknown };
}

/** An RPC that a right code permits something by. */
export interface Check<T extends CheckAnswer> {
  readonly rpc: "verifyCode" | "disableMfa" | "regenerateBackupCodes";
  /** As the audit log names it. */
  readonly action: string;
  readonly call: (client: MfaClient) => Promise<T>;
  /** Whether the calls carry a request id of the test's own. */
  readonly named: boolean;
}

/** `spent`: the code was accepted, but the caller was never told. `refused`: for a documented reason. `open`: nobody knows. */
export type Verdict = "accepted" | "spent" | "refused" | "open";

/** Gives a right code until its answer is certain, and writes down what that says of the service. */
export async function giveCode<T extends CheckAnswer>(
  session: Session,
  use: CodeUse,
  check: Check<T>,
): Promise<{ readonly verdict: Verdict; readonly answer?: T }> {
  const flight = new Flight(session, check.rpc);
  try {
    for (let tries = 1; ; tries += 1) {
      const from = performance.now();
      const result = await tryOnce(session, use, check);
      if (!("failure" in result))
        return { verdict: settle(session, use, check, result.answer), answer: result.answer };
      const { failure } = result;
      const flying = failure === "REQUEST_IN_FLIGHT";
      if (flying) flight.goOn();
      else flight.begin(from);
      if (!isTransient(failure) || performance.now() > session.lastMoment())
        return { verdict: giveUp(session, use, check, failure) };
      if (!flying) use.inDoubt = true;
      await sleep(flying ? 500 : Math.min(100 * 2 ** (tries - 1), 1_000));
    }
  } finally {
    flight.land();
  }
}

async function tryOnce<T extends CheckAnswer>(
  session: Session,
  use: CodeUse,
  check: Check<T>,
): Promise<Result<T>> {
  const { callers, random } = session;
  // Without an id a call stands alone, and only a caller that adds none of its own makes such a call.
  const caller = random.pick(check.named || check.rpc !== "verifyCode" ? callers.all : callers.plain);
  const from = performance.now();
  use.tries.at.push(from);
  const result = await ask(session, caller, check.rpc, check.call);
  // A try of its own that nobody saw fail may have spent the code: Postgres accepts it and is gone before it says so.
  if (caller.retries && session.stage.timeline.disturbed(from, performance.now())) use.inDoubt = true;
  const how = caller.retries ? "retrying" : "plain";
  use.history.push(
    `${how} at ${caller.replica ?? "either"}: ${"failure" in result ? result.failure : "answered"}`,
  );
  return result;
}

function settle<T extends CheckAnswer>(session: Session, use: CodeUse, check: Check<T>, answer: T): Verdict {
  const { journal, books, stage } = session;
  const what = `${check.action}/${use.method}`;
  const { outcome } = answer;
  if (outcome.case !== "rejected" && outcome.case !== undefined) {
    use.tries.accepted.push(performance.now());
    use.book.lastStep = Math.max(use.book.lastStep, use.step ?? 0);
    record(use.book, what, "sure");
    books.approvals += 1;
    return "accepted";
  }
  const { reason } = (outcome.value ?? { reason: RejectionReason.UNSPECIFIED }) as {
    reason: RejectionReason;
  };
  const name = reasonName(reason);
  const excuse = excuseFor(stage, use, reason);
  if (excuse === undefined)
    journal.violation(
      `${what} of ${use.book.userId}: a right code was refused: ${name} (${use.history.join(", ")})`,
    );
  else books.excused(name, excuse);
  if (!use.inDoubt) return "refused";
  // Redis calls a code that was sent replayed once it has matched, whether or not Postgres accepted it then.
  const certain = reason === RejectionReason.CODE_REPLAYED && use.sentAt === undefined;
  record(use.book, what, certain ? "sure" : "unsure");
  if (certain) books.lostAnswers += 1;
  return certain ? "spent" : "open";
}

function giveUp<T extends CheckAnswer>(
  { journal, books }: Session,
  use: CodeUse,
  check: Check<T>,
  failure: string,
): Verdict {
  const what = `${check.action}/${use.method}`;
  // A disablement whose answer was lost leaves nothing to disable: the reads that follow tell.
  const changed = failure === "MFA_NOT_ENABLED" && use.inDoubt && check.rpc === "disableMfa";
  const late = failure === "REQUEST_ID_REUSED" && performance.now() - use.from > REQUEST_MEMORY_MS;
  if (!isTransient(failure) && !changed && !late)
    journal.violation(`${what} of ${use.book.userId}: ${failure}`);
  record(use.book, what, changed ? "sure" : "unsure");
  if (changed) books.lostAnswers += 1;
  return changed ? "spent" : "open";
}
