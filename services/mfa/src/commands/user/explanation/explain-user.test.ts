import { create, type MessageInitShape } from "@bufbuild/protobuf";
import { timestampFromDate } from "@bufbuild/protobuf/wkt";
import {
  type AuditEvent,
  AuditEventSchema,
  AuditOutcome,
} from "@countersign/protocol/countersign/mfa/v1/audit_event_pb.js";
import { ClientContextSchema } from "@countersign/protocol/countersign/mfa/v1/client_context_pb.js";
import { Method } from "@countersign/protocol/countersign/mfa/v1/method_pb.js";
import { GetMfaStatusResponseSchema } from "@countersign/protocol/countersign/mfa/v1/mfa_service_pb.js";
import { expect, test } from "vitest";
import { explainUser, inOneSentence } from "./explain-user.js";

const now = new Date("2026-11-23T13:04:00Z");
const ago = (seconds: number) => timestampFromDate(new Date(now.getTime() - seconds * 1_000));
const at = (time: string) => timestampFromDate(new Date(time));

type More = Partial<AuditEvent>;
type Status = MessageInitShape<typeof GetMfaStatusResponseSchema>;

const ENROLLED: Status = {
  enabled: true,
  verified: true,
  method: Method.TOTP,
  backupCodesRemaining: 7,
  createTime: at("2026-11-01T11:59:00Z"),
  verifyTime: at("2026-11-01T12:00:00Z"),
};
const MFA = "MFA by TOTP since 2026-11-01 12:00:00 UTC; 7 backup codes left";

/** What is said of a user. `entries` newest first. */
function said(
  status: Status,
  entries: readonly AuditEvent[],
  options: { unknown?: boolean; unread?: boolean } = {},
) {
  const { unknown = false, unread = false } = options;
  const explanation = explainUser({
    status: create(GetMfaStatusResponseSchema, status),
    entries: unread ? undefined : entries,
    unknown,
    now,
  });
  return inOneSentence(explanation, unread);
}

const from = (ipAddress: string) => create(ClientContextSchema, { ipAddress });

const done = (action: string, seconds: number, more: More = {}): AuditEvent =>
  Object.assign(
    create(AuditEventSchema, {
      action,
      purpose: "verify",
      outcome: AuditOutcome.SUCCEEDED,
      caller: "web",
      createTime: ago(seconds),
    }),
    more,
  );

const refused = (action: string, seconds: number, reason: string, more: More = {}): AuditEvent =>
  done(action, seconds, { outcome: AuditOutcome.REFUSED, reason, ...more });

const wrong = (seconds: number, more: More = {}): AuditEvent =>
  done("verify_code", seconds, {
    outcome: AuditOutcome.REJECTED,
    reason: "INVALID_CODE",
    method: Method.TOTP,
    context: from("203.0.113.9"),
    ...more,
  });

test("nothing is wrong with a user who logs in", () => {
  expect(said(ENROLLED, [done("verify_code", 60)])).toBe(`${MFA}; nothing is wrong`);
  expect(said({ ...ENROLLED, lastUseTime: ago(60), backupCodesRemaining: 0 }, [])).toBe(
    "MFA by TOTP since 2026-11-01 12:00:00 UTC, last used 13:03:00 UTC; no backup code left; nothing is wrong",
  );
});

test("a lock is told with its end and with what led to it since the last success, and rejected codes not twice", () => {
  const status = { ...ENROLLED, lockExpireTime: at("2026-11-23T13:04:04.200Z") };
  const entries = [
    wrong(5, { reason: "TOO_MANY_ATTEMPTS" }),
    done("list_audit_events", 6),
    wrong(20, { details: { lock_ms: "30000" } }),
    wrong(21),
    wrong(22),
    done("verify_code", 100),
    wrong(200),
  ];
  expect(said(status, entries)).toBe(
    `locked until 13:04:05 UTC after 3 wrong codes from 203.0.113.9 through caller web; ${MFA}; nothing else is wrong`,
  );
});

test("the origins of wrong codes are named, each once and three addresses at most", () => {
  const hosts = [1, 2, 3, 4, 5, 5].map((host) => wrong(host, { context: from(`203.0.113.${host}`) }));
  const entries = [wrong(1, { context: from("") }), ...hosts, wrong(9, { caller: "app" })];
  expect(said({ ...ENROLLED, unlockRequired: true }, entries)).toContain(
    "locked until an operator unlocks the user after 8 wrong codes from 203.0.113.1, 203.0.113.2, 203.0.113.3 and 3 more through caller web, app",
  );
});

test("a limit on wrong codes is named while it holds, and codes that were not wrong are not called so", () => {
  const status = { ...ENROLLED, lockExpireTime: at("2026-11-24T01:00:00Z") };
  const limit = wrong(30, {
    action: "failure_limit_reached",
    reason: "TOO_MANY_ATTEMPTS",
    details: { scope: "primary", window: "daily", failures: "20" },
  });
  const codes = [wrong(31), wrong(32, { reason: "CODE_EXPIRED" })];
  expect(said(status, [limit, ...codes])).toContain(
    "locked until 2026-11-24 01:00:00 UTC after 2 codes not accepted from 203.0.113.9 through caller web, with the limit of 24 hours reached (20 wrong codes)",
  );
  const old = { ...limit, createTime: ago(25 * 3_600) };
  expect(said(status, [...codes, old])).not.toContain("limit");
  expect(said(status, [...codes, done("unlock_user", 40), limit])).not.toContain("limit");
});

test("backup codes have a lock of their own", () => {
  const locking = wrong(10, { method: Method.BACKUP_CODE, details: { lock_ms: "60000" } });
  expect(said(ENROLLED, [locking])).toContain(
    "backup codes locked until 13:04:50 UTC after wrong ones from 203.0.113.9 through caller web",
  );
  expect(said(ENROLLED, [done("unlock_user", 5), locking])).not.toContain("locked");
});

test.each([
  ["INVALID_CODE", "the last was wrong"],
  ["CODE_EXPIRED", "the last was too old"],
  ["CODE_REPLAYED", "the last had been used before"],
  ["NO_PENDING_CHALLENGE", "the last answered no code that was sent"],
])("codes that were rejected as %s are told before they lock", (reason, words) => {
  expect(said(ENROLLED, [wrong(60, { reason }), wrong(70)])).toBe(
    `2 codes not accepted since the last success, at 13:03:00 UTC from 203.0.113.9 through caller web: ${words}; ${MFA}; nothing else is wrong`,
  );
});

test("a call that was refused last is told with what its reason means", () => {
  const entries = [refused("verify_code", 60, "METHOD_DISABLED")];
  expect(said(ENROLLED, entries)).toContain(
    "verify_code was refused at 13:03:00 UTC through caller web (METHOD_DISABLED: the policy has switched the method off)",
  );
  expect(said(ENROLLED, [done("verify_code", 30), ...entries])).toContain("nothing is wrong");
});

test("a message that no provider took is told with the provider and why", () => {
  const details = { provider: "twilio", failure: "rejected", detail: "status 400", country: "DE" };
  const failure = (seconds: number) =>
    refused("send_verification_code", seconds, "DELIVERY_FAILED", { details });
  expect(said(ENROLLED, [failure(60), failure(120)])).toContain(
    "the code of 13:03:00 UTC could not be delivered by twilio (rejected, status 400), nor the 1 code before it",
  );
});

test("sends that a limit refused are told", () => {
  const limited = (seconds: number) => refused("send_verification_code", seconds, "SEND_RATE_LIMITED");
  expect(said(ENROLLED, [limited(1), limited(60)])).toContain(
    "2 requests for a code refused by the sending limits since 13:03:00 UTC",
  );
});

test("codes that were sent and not entered are told once they had time to arrive", () => {
  const sent = (seconds: number) =>
    done("send_verification_code", seconds, { method: Method.SMS, details: { provider: "twilio" } });
  expect(said(ENROLLED, [sent(240), sent(300)])).toContain(
    "2 codes were sent by SMS through twilio since 12:59:00 UTC and none was entered",
  );
  expect(said(ENROLLED, [sent(60)])).toContain("nothing is wrong");
  expect(said(ENROLLED, [wrong(10), sent(240)])).not.toContain("none was entered");
});

test("who has no MFA is told how it ended, and who began an enrolment that it is not confirmed", () => {
  const reset = done("reset_mfa", 60, {
    purpose: "administer",
    caller: "desk",
    actor: "jdoe",
    details: { reason: "lost phone" },
  });
  expect(said({}, [reset])).toBe(
    'MFA is off: reset at 13:03:00 UTC by jdoe through caller desk ("lost phone"); nothing else is wrong',
  );
  expect(said({}, [done("disable_mfa", 60)])).toContain("MFA is off: disabled by the user at 13:03:00 UTC");
  const pending = { method: Method.SMS, maskedDestination: "+49*****67", createTime: ago(30) };
  expect(said(pending, [done("setup_mfa", 30)])).toContain(
    "enrolment by SMS to +49*****67 was not confirmed: MFA is not on",
  );
});

test("an unknown id is told to be unknown, and a log that was not read not to be", () => {
  expect(said({}, [], { unknown: true })).toBe(
    "no such user: nothing was ever enrolled under this id, which may be mistyped",
  );
  const locked = { ...ENROLLED, lockExpireTime: at("2026-11-23T13:05:00Z") };
  expect(said(locked, [], { unread: true })).toBe(
    `locked until 13:05:00 UTC; ${MFA}; causes are not told, as this caller may not read the audit log`,
  );
});
