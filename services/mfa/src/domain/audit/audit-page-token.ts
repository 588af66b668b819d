import type { Macs } from "../crypto/macs.js";
import type { AuditCursor, AuditFilter } from "./audit-query.js";

const FORM = /^([0-9TZ:.-]{27})~([0-9a-f-]{36})~([A-Za-z0-9_-]{43})$/;

/**
 * Where the next page begins, signed with the filter: a caller who may list one user's entries cannot reuse the token for another user, nor forge a
 * cursor.
 */
export function auditPageToken(macs: Macs, filter: AuditFilter, cursor: AuditCursor): string {
  const signed = macs.sign(partsOf(filter, cursor));
  return Buffer.from(`${cursor.occurredAt}~${cursor.id}~${signed}`).toString("base64url");
}

/** Undefined for a token that this service did not make for this filter. */
export function readAuditPageToken(macs: Macs, filter: AuditFilter, token: string): AuditCursor | undefined {
  const [, occurredAt, id, signed] = FORM.exec(Buffer.from(token, "base64url").toString("latin1")) ?? [];
  if (occurredAt === undefined || id === undefined || signed === undefined) return undefined;
  const cursor = { occurredAt, id };
  return macs.verify(partsOf(filter, cursor), signed) ? cursor : undefined;
}

function partsOf(filter: AuditFilter, cursor: AuditCursor): string[] {
  const { userId, userRef, action, outcome, caller, ipAddress, method, reason } = filter;
  const times = [filter.from?.toISOString(), filter.to?.toISOString()];
  const conditions = [userId, userRef, action, outcome, caller, ...times].map((each) => each ?? "");
  const signed = ["audit-page", ...conditions, cursor.occurredAt, cursor.id];
  const later = [ipAddress, method, reason];
  // Left out when there is none, so that programs of the version before take the tokens of this one, and this one theirs.
  return later.every((each) => each === undefined) ? signed : [...signed, ...later.map((each) => each ?? "")];
}
