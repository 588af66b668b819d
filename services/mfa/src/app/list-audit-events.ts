import type { Actor } from "../domain/audit/audit-event.js";
import { auditPageToken, readAuditPageToken } from "../domain/audit/audit-page-token.js";
import type { AuditCursor, AuditEntry, AuditFilter } from "../domain/audit/audit-query.js";
import { MfaError } from "../domain/errors.js";
import { isUnknown } from "./audit/user-unknown.js";
import type { Deps } from "./dependencies/deps.js";

export interface ListAuditInput {
  readonly filter: AuditFilter;
  readonly pageSize: number;
  /** "" for the first page. */
  readonly pageToken: string;
  readonly actor: Actor;
  /** Whether the answer may say that the user of the filter is unknown. */
  readonly tellUnknown: boolean;
}

export interface AuditPage {
  readonly entries: readonly AuditEntry[];
  /** Undefined on the last page. */
  readonly nextPageToken: string | undefined;
  /** Whether the user of the filter is unknown. Also false for a caller that may not learn it, and without such a filter. */
  readonly userUnknown: boolean;
}

/** Lists entries of the audit log, newest first. */
export async function listAuditEvents(deps: Deps, input: ListAuditInput): Promise<AuditPage> {
  const { filter, pageSize, tellUnknown } = input;
  const { userId } = filter;
  const after = readToken(deps, input);
  const [found, userUnknown] = await Promise.all([
    deps.admin.listAuditEvents({ filter, after, limit: pageSize + 1 }),
    userId === undefined ? false : isUnknown(deps, { userId, tellUnknown }),
  ]);
  await recordListing(deps, input);
  const entries = found.slice(0, pageSize);
  const last = found.length > pageSize ? entries.at(-1) : undefined;
  return { entries, nextPageToken: last && auditPageToken(deps.pageMacs, filter, last), userUnknown };
}

function readToken(deps: Deps, { filter, pageToken }: ListAuditInput): AuditCursor | undefined {
  if (pageToken === "") return undefined;
  const cursor = readAuditPageToken(deps.pageMacs, filter, pageToken);
  if (cursor !== undefined) return cursor;
  const description = "was not made for these conditions";
  const violations = [{ field: "page_token", description }];
  throw new MfaError("INVALID_FIELD", `page_token ${description}`, { violations });
}

/** Awaited before the answer: reading the log is itself recorded. */
async function recordListing(deps: Deps, { filter, actor }: ListAuditInput): Promise<void> {
  // `reason` in the details is an administrator's.
  const { userId, from, to, reason: entryReason, ...rest } = filter;
  const asked = { ...rest, entryReason, from: from?.toISOString(), to: to?.toISOString() };
  const details = Object.fromEntries(
    Object.entries(asked).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  );
  await deps.store.record({
    action: "list_audit_events",
    outcome: "succeeded",
    ...(userId === undefined ? {} : { userId }),
    actor,
    at: deps.now(),
    details,
  });
}
