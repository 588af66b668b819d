import { create, type MessageInitShape } from "@bufbuild/protobuf";
import { AuditEventSchema, AuditOutcome } from "@countersign/protocol/countersign/mfa/v1/audit_event_pb.js";
import { expect, test } from "vitest";
import { tally } from "./tally.js";

type Entry = MessageInitShape<typeof AuditEventSchema>;

const NONE = { rejected: 0, locks: 0, sent: 0, failed: 0, limited: 0, refused: 0 };
const context = { ipAddress: "203.0.113.9", userAgent: "" };

function counted(...entries: readonly Entry[]) {
  return tally(
    entries.map((entry) => create(AuditEventSchema, { action: "verify_code", caller: "web", ...entry })),
    (address) => (address.startsWith("203.") ? "NL" : undefined),
  );
}

test.each<[string, Entry, Partial<typeof NONE>]>([
  ["a rejected code", { outcome: AuditOutcome.REJECTED }, { rejected: 1 }],
  [
    "a rejected code that locks",
    { outcome: AuditOutcome.REJECTED, details: { lock_ms: "30000" } },
    { rejected: 1, locks: 1 },
  ],
  [
    "a limit that was reached",
    { outcome: AuditOutcome.REJECTED, action: "failure_limit_reached" },
    { locks: 1 },
  ],
  ["a message", { outcome: AuditOutcome.SUCCEEDED, action: "send_verification_code" }, { sent: 1 }],
  ["a failed delivery", { outcome: AuditOutcome.REFUSED, reason: "DELIVERY_FAILED" }, { failed: 1 }],
  ["a send beyond a limit", { outcome: AuditOutcome.REFUSED, reason: "SEND_RATE_LIMITED" }, { limited: 1 }],
  ["another refused call", { outcome: AuditOutcome.REFUSED, reason: "INVALID_FIELD" }, { refused: 1 }],
  ["a notice without destination", { outcome: AuditOutcome.REFUSED, action: "send_notice" }, {}],
  ["an answer given again", { outcome: AuditOutcome.REJECTED, action: "answer_repeated" }, {}],
])("%s is counted for what it is", (_, entry, counts) => {
  expect(counted(entry).total).toEqual({ ...NONE, ...counts });
});

test("counts are told apart by caller, address, country and provider, the busiest first", () => {
  const rejected = { outcome: AuditOutcome.REJECTED };
  const sent = { outcome: AuditOutcome.SUCCEEDED, action: "send_verification_code" };
  const found = counted(
    { ...rejected, context },
    { ...rejected, context },
    { ...rejected, caller: "app", context: { ipAddress: "192.0.2.1", userAgent: "" } },
    { ...sent, details: { provider: "twilio", country: "DE" } },
    { outcome: AuditOutcome.REFUSED, reason: "DELIVERY_FAILED", details: { provider: "smtp" } },
  );
  const names = (rows: readonly { readonly name: string }[]) => rows.map(({ name }) => name);
  expect(names(found.byCaller)).toEqual(["web", "app"]);
  expect(names(found.byAddress)).toEqual(["-", "203.0.113.9", "192.0.2.1"]);
  expect(names(found.byCountry)).toEqual(["-", "NL", "DE"]);
  expect(found.byProvider).toEqual([
    { name: "smtp", ...NONE, failed: 1 },
    { name: "twilio", ...NONE, sent: 1 },
  ]);
});
