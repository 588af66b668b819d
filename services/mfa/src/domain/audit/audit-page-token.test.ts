import { expect, test } from "vitest";
import type { UserId } from "../user-id.js";
import { auditPageToken } from "./audit-page-token.js";
import type { AuditFilter } from "./audit-query.js";

const FILTER: AuditFilter = {
  userId: "alice" as UserId,
  userRef: undefined,
  from: undefined,
  to: new Date("2026-11-23T12:00:00Z"),
  action: "verify_code",
  outcome: "rejected",
  caller: "login",
  ipAddress: undefined,
  method: undefined,
  reason: undefined,
};
const CURSOR = { occurredAt: "2026-11-23T11:00:00.000000Z", id: "01930000-0000-7000-8000-000000000000" };

/** What the token for a filter signs. */
function signedFor(filter: AuditFilter): readonly string[] {
  let signed: readonly string[] = [];
  const sign = (parts: readonly string[]) => {
    signed = parts;
    return "x".repeat(43);
  };
  auditPageToken({ sign, candidates: () => [], verify: () => false }, filter, CURSOR);
  return signed;
}

/** Pages go on while servers are replaced: half of them may be of the version before. */
test("a page token signs what it did before there were conditions on address, method and reason", () => {
  const before = [
    "audit-page",
    "alice",
    "",
    "verify_code",
    "rejected",
    "login",
    "",
    "2026-11-23T12:00:00.000Z",
  ];
  expect(signedFor(FILTER)).toEqual([...before, CURSOR.occurredAt, CURSOR.id]);
});

test("a page token signs the conditions on address, method and reason apart from each other", () => {
  const conditions = [
    { ipAddress: "192.0.2.1" },
    { method: "totp" },
    { reason: "INVALID_CODE" },
    {},
  ] as const;
  const signed = conditions.map((condition) => JSON.stringify(signedFor({ ...FILTER, ...condition })));
  expect(new Set(signed).size).toBe(conditions.length);
});
