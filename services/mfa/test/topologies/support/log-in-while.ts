import { RejectionReason } from "@countersign/protocol/countersign/mfa/v1/rejection_pb.js";
import type { Sql } from "postgres";
import { expect } from "vitest";
import { rejectedFor } from "../../support/client/outcomes.js";
import type { TestService } from "../../support/service.js";
import { until } from "../../support/until.js";
import { Logins, type LoginsReport } from "./logins.js";
import type { Code } from "./right-codes.js";

/** A login every so often, whether the one before was answered or not. */
const EVERY_MS = 30;
/** In a row: before something happens, and afterwards to say that it is over. */
const ENOUGH = 10;
/** Fewer than there may wait for the slow hash. */
const AT_ONCE = 50;

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
  const see = async (what: () => boolean) => {
    await until(() => {
      logins.expectNoneWrong();
      return what();
    });
  };
  const timer = setInterval(() => logins.next(), EVERY_MS);
  try {
    await see(() => logins.inARow >= ENOUGH);
    await event(() => see(() => logins.unavailable > 0));
    await see(() => logins.unavailable > 0 && logins.inARow >= ENOUGH);
  } finally {
    clearInterval(timer);
  }
  return logins.finish();
}

/** None of the codes is accepted a second time. */
export async function expectAllSpent(
  { client }: Pick<TestService, "client">,
  codes: readonly Code[],
): Promise<void> {
  for (let at = 0; at < codes.length; at += AT_ONCE) {
    const answers = await Promise.all(codes.slice(at, at + AT_ONCE).map((code) => client.verifyCode(code)));
    for (const { outcome } of answers) expect(outcome).toEqual(rejectedFor(RejectionReason.CODE_REPLAYED));
  }
}

/** As many as were approved, and no more than were reported. */
export async function expectAudited(sql: Sql, { approved, lostAnswers }: LoginsReport): Promise<void> {
  const [rows] = await sql`select count(*)::int as logins from mfa_audit_events
    where action = 'verify_code' and outcome = 'succeeded'`;
  expect(rows).toEqual({ logins: approved.length + lostAnswers });
}
