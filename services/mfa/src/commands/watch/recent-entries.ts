import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import type { MfaAdminClient } from "@countersign/client";
import { type AuditEvent, AuditOutcome } from "@countersign/protocol/countersign/mfa/v1/audit_event_pb.js";
import { msOf } from "../entry-text/time-text.js";

/** Entries of the last minutes. */
export interface Recent {
  /** Newest first. */
  readonly entries: readonly AuditEvent[];
  /** False: there were more than were read. */
  readonly complete: boolean;
}

type Conditions = Parameters<MfaAdminClient["listAuditEvents"]>[0];

/** Failures and sends: successful logins are many and not requested. */
const ASKED: readonly Conditions[] = [
  { outcome: AuditOutcome.REJECTED },
  { outcome: AuditOutcome.REFUSED },
  { outcome: AuditOutcome.SUCCEEDED, action: "send_verification_code" },
];

const PAGE = 1_000;
/** Of each kind, in one poll: an attack must not make a poll endless. */
const MOST_PAGES = 20;
/** Entries are ordered by the clock of the replica that wrote them, and seen when they are committed. */
const LATE_MS = 30_000;

/** Returns a reader that requests what is new since its last poll, and keeps the rest. */
export function recentEntries(
  admin: Pick<MfaAdminClient, "listAuditEvents">,
  { now, windowMs }: { readonly now: () => Date; readonly windowMs: number },
): () => Promise<Recent> {
  const kept = new Map<string, AuditEvent>();
  let readUntilMs = 0;
  let incompleteUntilMs = 0;

  return async () => {
    const nowMs = now().getTime();
    const fromMs = nowMs - windowMs;
    const startTime = timestampFromMs(Math.max(fromMs, readUntilMs - LATE_MS));
    const found = await Promise.all(ASKED.map((conditions) => listAll(admin, { ...conditions, startTime })));
    readUntilMs = nowMs;
    for (const entry of found.flatMap(({ entries }) => entries)) kept.set(entry.id, entry);
    for (const [id, entry] of kept) if (msOf(entry) < fromMs) kept.delete(id);
    // What was not read is within the window for as long as the window is.
    if (found.some(({ complete }) => !complete)) incompleteUntilMs = nowMs + windowMs;
    const entries = [...kept.values()].sort((a, b) => msOf(b) - msOf(a));
    return { entries, complete: nowMs >= incompleteUntilMs };
  };
}

async function listAll(
  admin: Pick<MfaAdminClient, "listAuditEvents">,
  conditions: Conditions,
): Promise<Recent> {
  const entries: AuditEvent[] = [];
  let pageToken = "";
  for (let page = 0; page < MOST_PAGES; page += 1) {
    const listed = await admin.listAuditEvents({ ...conditions, pageSize: PAGE, pageToken });
    entries.push(...listed.events);
    pageToken = listed.nextPageToken;
    if (pageToken === "") return { entries, complete: true };
  }
  return { entries, complete: false };
}
