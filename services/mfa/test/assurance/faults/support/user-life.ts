import { setTimeout as sleep } from "node:timers/promises";
import { RejectionReason } from "@countersign/protocol/countersign/mfa/v1/rejection_pb.js";
import { wrongCode } from "../../../support/enrolment/authenticator.js";
import { otherThan } from "../../../support/enrolment/mailbox.js";
import { type CodeUse, stepAt, styleOf, useOf } from "./code-use.js";
import { enrol, type User } from "./enrolment.js";
import { type Check, giveCode } from "./login.js";
import { giveAtOnce } from "./race.js";
import { ask, askUntilAnswered, type Session } from "./session.js";

const LOGINS = { least: 5, most: 25 };
const PAUSE_MS = { least: 20, most: 120 };

/** A user enrols, logs in some times, and perhaps turns MFA off. */
export async function live(session: Session, number: number): Promise<void> {
  const user = await enrol(session, number);
  if (user === undefined) return;
  const { random } = session;
  for (let logins = random.between(LOGINS.least, LOGINS.most); logins > 0 && !session.over(); logins -= 1) {
    await sleep(random.between(PAUSE_MS.least, PAUSE_MS.most));
    if (random.chance(0.05)) await guess(session, user);
    const use = await nextCode(session, user, `login-${number}-${logins}`);
    if (use === undefined) return;
    if (!(await logIn(session, use, `login-${number}-${logins}`))) return;
  }
  if (session.over()) return;
  if (random.chance(0.2)) await renew(session, user);
  if (random.chance(0.4)) await disable(session, user);
}

/** A code that was not given before. Undefined: there is none now, or none arrived. */
async function nextCode(session: Session, user: User, id: string): Promise<CodeUse | undefined> {
  const { book, method, tries, backupCodes, authenticator } = user;
  const backup = session.random.chance(0.2) ? backupCodes.pop() : undefined;
  if (backup !== undefined) return useOf({ book, method: "backup_code", code: backup, tries: tries.backup });
  if (authenticator === undefined) return sentCode(session, user, id);
  const now = Date.now();
  const step = Math.max(stepAt(now), user.book.lastStep + 1, lastGiven(user) + 1);
  if (step > stepAt(now) + 1) {
    const spare = backupCodes.pop();
    return spare === undefined
      ? undefined
      : useOf({ book, method: "backup_code", code: spare, tries: tries.backup });
  }
  given.set(user, step);
  const code = authenticator.code(now, step - stepAt(now));
  return useOf({ book, method, code, step, tries: tries.primary });
}

/** The newest step of which a code was given, accepted or not. */
const given = new WeakMap<User, number>();
const lastGiven = (user: User) => given.get(user) ?? 0;

async function sentCode(session: Session, user: User, id: string): Promise<CodeUse | undefined> {
  const { book, method, tries, destination } = user;
  const { userId } = book;
  const sentAt = performance.now();
  let doubtful = false;
  const requestId = session.random.chance(0.7) ? `send-${id}` : "";
  const sent = await askUntilAnswered(
    session,
    "sendVerificationCode",
    (client) => client.sendVerificationCode({ userId, requestId }),
    () => (doubtful = true),
  );
  if ("failure" in sent) {
    if (performance.now() < session.lastMoment() && !isLockedOut(session, user, sent.failure))
      session.journal.violation(`send_verification_code of ${userId}: ${sent.failure}`);
    return undefined;
  }
  const codes = session.stage.inbox.codesSince(destination, sentAt);
  const [code] = codes.slice(-1);
  // A message whose sending failed for the caller may be on its way still, and arrive late.
  doubtful ||= codes.length !== 1;
  if (code === undefined && !doubtful) session.journal.violation(`no message reached ${userId}`);
  return code === undefined
    ? undefined
    : useOf({ book, method, code, sentAt, doubtful, tries: tries.primary });
}

/** A locked user is sent nothing: charges whose answers were lost may have locked it. */
function isLockedOut({ stage }: Session, { tries }: User, failure: string): boolean {
  const first = tries.primary.at[0] ?? 0;
  return failure === "SEND_RATE_LIMITED" && stage.timeline.between(first, performance.now()).length > 0;
}

/** False: the user cannot go on. */
async function logIn(session: Session, use: CodeUse, id: string): Promise<boolean> {
  const { requestId, copies } = styleOf(session.random, id);
  const { userId } = use.book;
  const check: Check<{ outcome: { case: string | undefined; value?: unknown } }> = {
    rpc: "verifyCode",
    action: "verify_code",
    named: requestId !== "",
    call: (client) => client.verifyCode({ userId, code: use.code, requestId }),
  };
  if (copies > 1 && requestId === "") return giveAtOnce(session, use, copies);
  const { verdict } = await giveCode(session, use, check);
  if (verdict === "accepted" && session.random.chance(0.15)) await replay(session, use);
  return verdict !== "open";
}

/** The same code again, without an id: whatever happened since, it is not accepted a second time. */
async function replay(session: Session, use: CodeUse): Promise<void> {
  const { userId } = use.book;
  use.tries.at.push(performance.now());
  const again = await ask(session, session.random.pick(session.callers.plain), "verifyCode", (client) =>
    client.verifyCode({ userId, code: use.code }),
  );
  if ("answer" in again && again.answer.outcome.case !== "rejected")
    session.journal.violation(`a code of ${userId} was accepted twice`);
}

/** A wrong code is never accepted. */
async function guess(session: Session, { book, method, authenticator, tries }: User): Promise<void> {
  const { userId } = book;
  if (method !== "totp" && tries.primary.at.length === 0) return;
  const code = authenticator === undefined ? otherThan("123456") : wrongCode(authenticator, Date.now());
  tries.primary.at.push(performance.now());
  const result = await ask(session, session.random.pick(session.callers.plain), "verifyCode", (client) =>
    client.verifyCode({ userId, code }),
  );
  if (!("answer" in result)) return;
  const { outcome } = result.answer;
  // A code that is sent has a chance of one in a million of being the guess.
  if (outcome.case !== "rejected" || outcome.value.reason === RejectionReason.CODE_REPLAYED)
    session.journal.violation(`a wrong code of ${userId} was answered ${outcome.case ?? "nothing"}`);
}

async function renew(session: Session, user: User): Promise<void> {
  const use = await nextCode(session, user, `renew-${user.book.userId}`);
  if (use === undefined) return;
  const { userId } = user.book;
  const { answer } = await giveCode(session, use, {
    rpc: "regenerateBackupCodes",
    action: "regenerate_backup_codes",
    named: false,
    call: (client) => client.regenerateBackupCodes({ userId, code: use.code }),
  });
  if (answer?.outcome.case === "backupCodes")
    user.backupCodes.splice(0, Infinity, ...answer.outcome.value.codes);
  else user.backupCodes.length = 0;
}

/** Once the caller knows that MFA is off, no code lets in. */
async function disable(session: Session, user: User): Promise<void> {
  const use = await nextCode(session, user, `disable-${user.book.userId}`);
  if (use === undefined) return;
  const { userId } = user.book;
  const { verdict } = await giveCode(session, use, {
    rpc: "disableMfa",
    action: "disable_mfa",
    named: false,
    call: (client) => client.disableMfa({ userId, code: use.code }),
  });
  const code = user.backupCodes.pop();
  if (verdict !== "accepted" || code === undefined) return;
  const after = await askUntilAnswered(session, "verifyCode", (client) =>
    client.verifyCode({ userId, code }),
  );
  if ("answer" in after) session.journal.violation(`a code of ${userId} was checked after MFA was disabled`);
}
