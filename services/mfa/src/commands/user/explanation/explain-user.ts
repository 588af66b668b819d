import type { AuditEvent } from "@countersign/protocol/countersign/mfa/v1/audit_event_pb.js";
import type { GetMfaStatusResponse } from "@countersign/protocol/countersign/mfa/v1/mfa_service_pb.js";
import { enrolmentFacts, enrolmentFindings } from "./enrolment.js";
import type { Finding } from "./finding.js";
import { lockFindings } from "./locks.js";
import { messageFindings } from "./messages.js";
import { refusalFinding, rejectionFinding } from "./refusals.js";
import { type UserHistory, userHistory } from "./user-history.js";

/** The facts about a user. */
export interface UserAccount {
  readonly status: GetMfaStatusResponse;
  /** Entries of the audit log about the user, newest first. Undefined: the caller may not read it. */
  readonly entries: readonly AuditEvent[] | undefined;
  readonly unknown: boolean;
  readonly now: Date;
}

export interface Explanation {
  /** The problems, the most urgent first. */
  readonly findings: readonly Finding[];
  /** What is fine. */
  readonly facts: readonly string[];
}

/** Explains why a user cannot log in or does not get codes, from status and audit log. */
export function explainUser({ status, entries, unknown, now }: UserAccount): Explanation {
  if (unknown) {
    const text = "no such user: nothing was ever enrolled under this id, which may be mistyped";
    return { findings: [{ kind: "unknown", text }], facts: [] };
  }
  const history = userHistory(entries ?? []);
  const locks = lockFindings(status, history, now);
  return {
    findings: [
      ...locks,
      ...enrolmentFindings(status, history, now),
      ...messageFindings(history, now),
      ...(locks.length > 0 ? [] : callFindings(history, now)),
    ],
    facts: enrolmentFacts(status, now),
  };
}

/** What a lock explains is not repeated. */
function callFindings(history: UserHistory, now: Date): readonly Finding[] {
  return [...rejectionFinding(history, now), ...refusalFinding(history, now)];
}

/** All of it as one sentence. */
export function inOneSentence({ findings, facts }: Explanation, incomplete: boolean): string {
  const closing = incomplete
    ? "causes are not told, as this caller may not read the audit log"
    : findings.length === 0
      ? "nothing is wrong"
      : "nothing else is wrong";
  const isUnknown = findings.some(({ kind }) => kind === "unknown");
  return [...findings.map(({ text }) => text), ...facts, ...(isUnknown ? [] : [closing])].join("; ");
}
