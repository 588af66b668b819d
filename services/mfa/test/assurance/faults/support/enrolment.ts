import { Method } from "@countersign/protocol/countersign/mfa/v1/method_pb.js";
import type { SetupMfaResponse } from "@countersign/protocol/countersign/mfa/v1/mfa_service_pb.js";
import { type Authenticator, authenticatorFor } from "../../../support/enrolment/authenticator.js";
import { record, type UserBook } from "./books.js";
import type { ScopeTries, UserMethod } from "./code-use.js";
import { stepAt } from "./code-use.js";
import { askUntilAnswered, type Session } from "./session.js";

/** A user with an active factor. */
export interface User {
  readonly book: UserBook;
  readonly method: UserMethod;
  /** Where codes are sent; "" for an authenticator. */
  readonly destination: string;
  readonly authenticator: Authenticator | undefined;
  readonly backupCodes: string[];
  readonly tries: Readonly<Record<"primary" | "backup", ScopeTries>>;
}

/** An enrolment that was begun again and again meets a fault each time: its user gives up. */
const ROUNDS = 5;

/** Undefined: the faults kept the user from it. */
export async function enrol(session: Session, number: number): Promise<User | undefined> {
  const method = session.random.pick(["totp", "sms", "email"] as const);
  const book = session.books.open(`user-${number}`);
  const destination = {
    totp: "",
    sms: `+1202555${number.toString().padStart(4, "0")}`,
    email: `user-${number}@example.com`,
  }[method];
  let doubts = 0;
  for (let round = 0; round < ROUNDS && !session.over(); round += 1) {
    const asked = performance.now();
    const setup = await setUp(session, { book, method, destination, doubts });
    if (setup === undefined) break;
    const authenticator =
      setup.enrolment.case === "totp" ? authenticatorFor(setup.enrolment.value.uri) : undefined;
    const now = Date.now();
    const code = authenticator?.code(now) ?? session.stage.inbox.codesSince(destination, asked).at(-1);
    if (code === undefined) continue;
    const confirmed = await confirm(session, book, code);
    if (confirmed === "enabled") {
      record(book, `verify_setup/${method}`, "sure");
      book.lastStep = authenticator === undefined ? 0 : stepAt(now);
      const tries = { primary: { at: [], accepted: [] }, backup: { at: [], accepted: [] } };
      return { book, method, destination, authenticator, backupCodes: [...setup.backupCodes], tries };
    }
    if (confirmed === "open") doubts += 1;
  }
  for (; doubts > 0; doubts -= 1) record(book, `verify_setup/${method}`, "unsure");
  return undefined;
}

interface Enrolling {
  readonly book: UserBook;
  readonly method: UserMethod;
  readonly destination: string;
  /** Confirmations whose answer was lost. */
  readonly doubts: number;
}

const METHODS = { totp: Method.TOTP, sms: Method.SMS, email: Method.EMAIL } as const;

/** SetupMfa may be called again after any failure: the newest enrolment counts. */
async function setUp(
  session: Session,
  { book, method, destination, doubts }: Enrolling,
): Promise<SetupMfaResponse | undefined> {
  const where =
    method === "sms" ? { phoneNumber: destination } : method === "email" ? { email: destination } : {};
  const result = await askUntilAnswered(session, "setupMfa", (client) =>
    client.setupMfa({ userId: book.userId, method: METHODS[method], ...where }),
  );
  if ("answer" in result) return result.answer;
  // A confirmation whose answer was lost may have taken effect since.
  const late = doubts > 0 && result.failure === "MFA_ALREADY_ENABLED";
  if (!late && performance.now() < session.lastMoment())
    session.journal.violation(`setup_mfa of ${book.userId}: ${result.failure}`);
  return undefined;
}

/** `open`: neither the answer nor GetMfaStatus came. `no`: begin anew. */
async function confirm(
  session: Session,
  { userId }: UserBook,
  code: string,
): Promise<"enabled" | "no" | "open"> {
  const doubts: string[] = [];
  const result = await askUntilAnswered(
    session,
    "verifySetup",
    (client) => client.verifySetup({ userId, code }),
    (failure) => doubts.push(failure),
  );
  const inDoubt = doubts.length > 0;
  if ("answer" in result && result.answer.outcome.case === "enabled") return "enabled";
  if ("failure" in result && result.failure === "MFA_ALREADY_VERIFIED" && inDoubt) return "enabled";
  if ("failure" in result && performance.now() < session.lastMoment())
    session.journal.violation(`verify_setup of ${userId}: ${result.failure}`);
  const status = await askUntilAnswered(session, "getMfaStatus", (client) => client.getMfaStatus({ userId }));
  if ("failure" in status) return inDoubt ? "open" : "no";
  return status.answer.enabled ? "enabled" : "no";
}
