import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import { AuditOutcome } from "@countersign/protocol/countersign/mfa/v1/audit_event_pb.js";
import { ErrorReason } from "@countersign/protocol/countersign/mfa/v1/error_reason_pb.js";
import { Method } from "@countersign/protocol/countersign/mfa/v1/method_pb.js";
import { UserState } from "@countersign/protocol/countersign/mfa/v1/mfa_admin_service_pb.js";
import { RejectionReason } from "@countersign/protocol/countersign/mfa/v1/rejection_pb.js";
import { expect, test } from "vitest";
import { type AdminClient, adminClient } from "../support/client/admin-client.js";
import { fieldsAtFault, reasonOf } from "../support/client/errors.js";
import { beginTotp, enrolTotp } from "../support/enrolment/enrolment.js";
import { startTestService } from "../support/service.js";

type Filter = Parameters<AdminClient["listAuditEvents"]>[0];

/** Every entry of a listing, page by page. `between` runs after each page. */
async function listAll(
  admin: AdminClient,
  filter: Filter,
  between: () => Promise<unknown> = () => Promise.resolve(),
) {
  const events = [];
  for (let pageToken = ""; ; ) {
    const page = await admin.listAuditEvents({ ...filter, pageToken });
    events.push(...page.events);
    if (page.nextPageToken === "") return events;
    pageToken = page.nextPageToken;
    await between();
  }
}

test("the audit log is listed newest first, with whom, what, how and why", async () => {
  await using service = await startTestService();
  const { client, clock } = service;
  const { userId } = await enrolTotp(client, clock);
  await client.verifyCode({ userId, code: "000000", context: { ipAddress: "192.0.2.1", userAgent: "curl" } });
  const admin = adminClient(service);
  const { events, nextPageToken } = await admin.listAuditEvents({ userId });
  expect(events.map(({ action }) => action)).toEqual(["verify_code", expect.anything(), expect.anything()]);
  expect(events[0]).toMatchObject({
    action: "verify_code",
    purpose: "verify",
    outcome: AuditOutcome.REJECTED,
    reason: "INVALID_CODE",
    method: Method.TOTP,
    caller: "development",
    userId,
    context: { ipAddress: "192.0.2.1", userAgent: "curl" },
    createTime: timestampFromMs(clock.ms),
  });
  expect(events[0]?.id).toMatch(/^[0-9a-f-]{36}$/);
  expect(nextPageToken).toBe("");
  clock.advance(1);
  const [newest] = (await admin.listAuditEvents({ action: "list_audit_events" })).events;
  expect(newest).toMatchObject({ action: "list_audit_events", purpose: "administer", caller: "development" });
});

test("conditions: user, pseudonym, time, action, outcome and caller, and all together", async () => {
  await using service = await startTestService();
  const { client, clock } = service;
  const alice = await enrolTotp(client, clock, "alice");
  const start = clock.ms;
  await client.verifyCode({ userId: "alice", code: alice.authenticator.code(clock.ms) });
  clock.advance(60);
  await client.verifyCode({ userId: "alice", code: "000000" });
  await enrolTotp(client, clock, "bob");
  const admin = adminClient(service);
  const count = async (filter: Filter) => (await listAll(admin, filter)).length;
  expect(await count({ userId: "alice", action: "verify_code" })).toBe(2);
  expect(await count({ userId: "bob", action: "verify_code" })).toBe(0);
  expect(await count({ userId: "nobody", action: "verify_code" })).toBe(0);
  const userRef = (await admin.listAuditEvents({ userId: "bob", action: "setup_mfa" })).events[0]!.userRef;
  expect((await listAll(admin, { userRef, action: "setup_mfa" })).map(({ userId }) => userId)).toEqual([
    "bob",
  ]);
  expect(await count({ action: "verify_code", outcome: AuditOutcome.SUCCEEDED })).toBe(1);
  expect(await count({ action: "verify_code", outcome: AuditOutcome.REJECTED })).toBe(1);
  expect(await count({ action: "verify_code", caller: "development" })).toBe(2);
  expect(await count({ action: "verify_code", caller: "nobody" })).toBe(0);
  const [startTime, endTime] = [start, start + 1].map(timestampFromMs);
  expect(await count({ action: "verify_code", startTime: startTime!, endTime: endTime! })).toBe(1);
  expect(await count({ action: "verify_code", endTime: startTime! })).toBe(0);
  expect(
    await count({
      userId: "alice",
      action: "verify_code",
      outcome: AuditOutcome.SUCCEEDED,
      caller: "development",
      startTime: startTime!,
      endTime: endTime!,
    }),
  ).toBe(1);
});

test("conditions: address, method, reason of a rejection and of an error", async () => {
  await using service = await startTestService();
  const { client, clock } = service;
  const { userId, backupCodes } = await enrolTotp(client, clock);
  const guess = (user: string, code: string, ipAddress: string) =>
    client.verifyCode({ userId: user, code, context: { ipAddress } }).catch(() => undefined);
  await guess(userId, "000000", "192.0.2.1");
  await guess(userId, "000000", "2001:db8::1");
  await guess(userId, backupCodes[0]!, "2001:db8::1");
  await guess("nobody", "000000", "192.0.2.1");
  const admin = adminClient(service);
  const count = async (filter: Filter) =>
    (await listAll(admin, { action: "verify_code", ...filter, pageSize: 1 })).length;
  expect(await count({ ipAddress: "192.0.2.1" })).toBe(2);
  expect(await count({ ipAddress: "2001:DB8:0::1" })).toBe(2);
  expect(await count({ ipAddress: "192.0.2.2" })).toBe(0);
  expect(await count({ method: Method.TOTP })).toBe(2);
  expect(await count({ method: Method.BACKUP_CODE })).toBe(1);
  expect(await count({ rejectionReason: RejectionReason.INVALID_CODE })).toBe(2);
  expect(await count({ rejectionReason: RejectionReason.CODE_EXPIRED })).toBe(0);
  expect(await count({ errorReason: ErrorReason.MFA_NOT_ENABLED })).toBe(1);
  const all = { ipAddress: "192.0.2.1", method: Method.TOTP, rejectionReason: RejectionReason.INVALID_CODE };
  expect(await count({ userId, ...all })).toBe(1);
  clock.advance(1);
  await admin.listAuditEvents({ userId, ...all });
  const [listing] = (await admin.listAuditEvents({ action: "list_audit_events", pageSize: 1 })).events;
  expect(listing?.details).toEqual({ ipAddress: "192.0.2.1", method: "totp", entryReason: "INVALID_CODE" });
});

test("pages show every entry once, whatever is written between them", async () => {
  await using service = await startTestService();
  const { client, clock } = service;
  // Many of one moment: their order is by id.
  await Promise.all(Array.from({ length: 23 }, (_, user) => client.getMfaStatus({ userId: `user-${user}` })));
  const admin = adminClient(service);
  const before = await listAll(admin, { action: "get_mfa_status", pageSize: 1_000 });
  clock.advance(1);
  const paged = await listAll(admin, { action: "get_mfa_status", pageSize: 5 }, () =>
    Promise.all(Array.from({ length: 7 }, () => client.getMfaStatus({ userId: "late" }))),
  );
  expect(paged.map(({ id }) => id)).toEqual(before.map(({ id }) => id));
  expect(new Set(paged.map(({ id }) => id)).size).toBe(23);
});

test("a page holds 50 entries unless told otherwise, and never more than 1000", async () => {
  await using service = await startTestService();
  const { database, url } = service;
  await database.sql`
    insert into mfa_audit_events (id, occurred_at, action, purpose, outcome, caller, request_id, key_id, mac)
    select gen_random_uuid(), timestamptz '2026-11-23T12:00:00Z' + n * interval '1 second', 'verify_code', 'verify', 'rejected', 'x', 'x',
      'x', sha256('x') from generate_series(1, 1005) n`;
  const admin = adminClient({ url });
  const sizeOf = async (pageSize?: number) =>
    (await admin.listAuditEvents({ action: "verify_code", ...(pageSize === undefined ? {} : { pageSize }) }))
      .events.length;
  expect([await sizeOf(), await sizeOf(1), await sizeOf(999), await sizeOf(2_000_000_000)]).toEqual([
    50, 1, 999, 1_000,
  ]);
});

test("a token that was forged, cut or made for other conditions is refused", async () => {
  await using service = await startTestService();
  await using other = await startTestService();
  const { client } = service;
  for (let read = 0; read < 3; read += 1) await client.getMfaStatus({ userId: "alice" });
  await client.getMfaStatus({ userId: "bob" });
  for (let read = 0; read < 3; read += 1) await other.client.getMfaStatus({ userId: "alice" });
  const admin = adminClient(service);
  const filter = { userId: "alice", action: "get_mfa_status" };
  const token = (await admin.listAuditEvents({ ...filter, pageSize: 1 })).nextPageToken;
  const foreign = (await adminClient(other).listAuditEvents({ ...filter, pageSize: 1 })).nextPageToken;
  const [time, , mac] = Buffer.from(token, "base64url").toString().split("~");
  const moved = [time, "00000000-0000-7000-8000-000000000000", mac].join("~");
  const bad: Filter[] = [
    { ...filter, userId: "bob", pageToken: token },
    { userId: "alice", pageToken: token },
    { pageToken: token },
    { ...filter, outcome: AuditOutcome.SUCCEEDED, pageToken: token },
    { ...filter, ipAddress: "192.0.2.1", pageToken: token },
    { ...filter, method: Method.TOTP, pageToken: token },
    { ...filter, rejectionReason: RejectionReason.INVALID_CODE, pageToken: token },
    { ...filter, errorReason: ErrorReason.INTERNAL, pageToken: token },
    { ...filter, pageToken: token.slice(0, -4) },
    { ...filter, pageToken: Buffer.from(moved).toString("base64url") },
    { ...filter, pageToken: foreign },
    { ...filter, pageToken: "x" },
  ];
  for (const request of bad) {
    const refused = await admin.listAuditEvents(request).catch((error: unknown) => error);
    expect(fieldsAtFault(refused)).toEqual(["page_token"]);
  }
  expect((await admin.listAuditEvents({ ...filter, pageToken: token })).events).toHaveLength(2);
});

test("conditions that make no sense are refused by field", async () => {
  await using service = await startTestService();
  const admin = adminClient(service);
  const bad: readonly (readonly [Filter, string])[] = [
    [{ userId: "a b" }, "user_id"],
    [{ userId: "alice", userRef: "x" }, "user_ref"],
    [{ userRef: "x".repeat(65) }, "user_ref"],
    [{ action: "drop_table" }, "action"],
    [{ outcome: 99 as AuditOutcome }, "outcome"],
    [{ caller: "x\u001b" }, "caller"],
    [{ ipAddress: "192.0.2.0/24" }, "ip_address"],
    [{ method: 99 as Method }, "method"],
    [{ rejectionReason: 99 as RejectionReason }, "rejection_reason"],
    [{ errorReason: 99 as ErrorReason }, "error_reason"],
    [{ rejectionReason: RejectionReason.INVALID_CODE, errorReason: ErrorReason.INTERNAL }, "error_reason"],
    [{ pageSize: -1 }, "page_size"],
  ];
  for (const [request, field] of bad) {
    const refused = await admin.listAuditEvents(request).catch((error: unknown) => error);
    expect(fieldsAtFault(refused)).toEqual([field]);
    expect(refused).toSatisfy(reasonOf("INVALID_FIELD"));
  }
});

test("users are counted by state and method", async () => {
  await using service = await startTestService();
  const { client, clock, database } = service;
  for (let user = 0; user < 3; user += 1) await enrolTotp(client, clock);
  await beginTotp(client);
  const locked = await enrolTotp(client, clock);
  await database.sql`update mfa_settings set consecutive_failures = 100 where user_id = ${locked.userId}`;
  const gone = await enrolTotp(client, clock);
  const admin = adminClient(service);
  await admin.resetMfa({ userId: gone.userId, reason: "gone" });
  const { counts } = await admin.listUsersByState({});
  const inState = (state: UserState) =>
    counts
      .filter((count) => count.state === state)
      .map(({ method, userCount }) => [method, Number(userCount)]);
  expect(inState(UserState.ENABLED)).toEqual([[Method.TOTP, 3]]);
  expect(inState(UserState.PENDING)).toEqual([[Method.TOTP, 1]]);
  expect(inState(UserState.UNLOCK_REQUIRED)).toEqual([[Method.TOTP, 1]]);
  expect(inState(UserState.NOT_ENROLLED)).toEqual([[Method.UNSPECIFIED, 1]]);
  expect(counts).toHaveLength(4);
});
