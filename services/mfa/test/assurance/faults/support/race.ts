import { RejectionReason } from "@countersign/protocol/countersign/mfa/v1/rejection_pb.js";
import { record } from "./books.js";
import { type CodeUse, excuseFor, reasonName } from "./code-use.js";
import { giveCode } from "./login.js";
import { ask, type Session } from "./session.js";

/** Sends the same code several times concurrently, over all replicas: at most one is approved. Returns whether one was. */
export async function giveAtOnce(session: Session, use: CodeUse, copies: number): Promise<boolean> {
  const { callers, journal, books } = session;
  const { userId } = use.book;
  const calls = Array.from({ length: copies }, (_, copy) => {
    use.tries.at.push(performance.now());
    return ask(session, callers.plain[copy % callers.plain.length]!, "verifyCode", (client) =>
      client.verifyCode({ userId, code: use.code }),
    );
  });
  const results = await Promise.all(calls);
  const outcomes = results.flatMap((result) => ("answer" in result ? [result.answer.outcome] : []));
  const approved = outcomes.filter((outcome) => outcome.case === "approved").length;
  if (approved > 1) journal.violation(`a code of ${userId} was approved ${approved} times concurrently`);
  use.inDoubt = approved > 0 || results.some((result) => "failure" in result) || copies > outcomes.length;
  for (const outcome of outcomes) {
    if (outcome.case !== "rejected") continue;
    const { reason } = outcome.value;
    // Another copy may have been first.
    const beaten = approved > 0 || use.inDoubt ? reason === RejectionReason.CODE_REPLAYED : false;
    if (!beaten && excuseFor(session.stage, use, reason) === undefined)
      journal.violation(`a copy of ${userId}'s code was refused: ${reasonName(reason)}`);
  }
  if (approved > 0) {
    use.tries.accepted.push(performance.now());
    use.book.lastStep = Math.max(use.book.lastStep, use.step ?? 0);
    record(use.book, `verify_code/${use.method}`, "sure");
    books.approvals += 1;
    return true;
  }
  const { verdict } = await giveCode(session, use, {
    rpc: "verifyCode",
    action: "verify_code",
    named: false,
    call: (client) => client.verifyCode({ userId, code: use.code }),
  });
  return verdict === "accepted" || verdict === "spent";
}
