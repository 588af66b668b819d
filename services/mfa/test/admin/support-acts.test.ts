import { Method } from "@countersign/protocol/countersign/mfa/v1/method_pb.js";
import { RejectionReason } from "@countersign/protocol/countersign/mfa/v1/rejection_pb.js";
import { describe, expect, test } from "vitest";
import { type AdminClient, adminClient } from "../support/client/admin-client.js";
import { fieldsAtFault, reasonOf } from "../support/client/errors.js";
import { rejectedFor } from "../support/client/outcomes.js";
import { enrolTotp } from "../support/enrolment/enrolment.js";
import { startTestService, type TestService } from "../support/service.js";

const reason = "lost phone, ticket 4711, decided by J. Doe";

/** Wrong codes until the user is locked. */
async function lock({ client }: TestService, userId: string) {
  for (let guess = 0; guess < 3; guess += 1) await client.verifyCode({ userId, code: "000000" });
}

const adminRows = async ({ database }: TestService) =>
  (
    await database.sql`
      select action, caller, outcome, details ->> 'reason' as reason, user_ref, ip_address from mfa_audit_events
      where purpose = 'administer' order by occurred_at, transaction_id`
  ).map((row) => ({ ...row }));

describe("ResetMfa", () => {
  test("ResetMfa ends MFA, erases the factor and the codes, clears the locks, and lets the user enrol anew", async () => {
    await using service = await startTestService();
    const { client, clock, database } = service;
    const { userId, authenticator, backupCodes } = await enrolTotp(client, clock);
    await lock(service, userId);
    const context = { ipAddress: "192.0.2.7" };
    const { resetTime } = await adminClient(service).resetMfa({ userId, reason, context });
    expect(Number(resetTime?.seconds)).toBe(Math.floor(clock.ms / 1_000));

    expect(await client.getMfaStatus({ userId })).toMatchObject({
      enabled: false,
      method: Method.UNSPECIFIED,
    });
    expect(await database.sql`select * from mfa_factors where user_id = ${userId}`).toHaveLength(0);
    expect(await database.sql`select * from mfa_recovery_codes where user_id = ${userId}`).toHaveLength(0);
    for (const code of [authenticator.code(clock.ms), backupCodes[0]!]) {
      await expect(client.verifyCode({ userId, code })).rejects.toSatisfy(reasonOf("MFA_NOT_ENABLED"));
    }
    const again = await enrolTotp(client, clock, userId);
    const login = await client.verifyCode({ userId, code: again.authenticator.code(clock.ms) });
    expect(login.outcome.case).toBe("approved");
    expect(await adminRows(service)).toMatchObject([
      { action: "reset_mfa", caller: "development", outcome: "succeeded", reason, ip_address: "192.0.2.7" },
    ]);
  });

  test("ResetMfa races 50 logins: what is accepted is accepted before it, and nothing after", async () => {
    await using service = await startTestService({ replicas: 2 });
    const { replicas, clock } = service;
    const { userId, authenticator } = await enrolTotp(service.client, clock);
    const code = authenticator.code(clock.ms);
    const [, ...logins] = await Promise.all([
      adminClient(service).resetMfa({ userId, reason }),
      ...Array.from({ length: 50 }, (_, login) =>
        replicas[login % 2]!.client.verifyCode({ userId, code }).then(
          ({ outcome }) => outcome.case,
          () => "error",
        ),
      ),
    ]);
    expect(logins.filter((outcome) => outcome === "approved").length).toBeLessThanOrEqual(1);
    expect(await service.client.getMfaStatus({ userId })).toMatchObject({ enabled: false });
  });
});

describe("UnlockUser", () => {
  test("UnlockUser lets a user try again immediately who is locked for a while, and one who is locked for good", async () => {
    await using service = await startTestService();
    const { client, clock, database } = service;
    const { userId, authenticator, backupCodes } = await enrolTotp(client, clock);
    const admin = adminClient(service);
    await lock(service, userId);
    const code = authenticator.code(clock.ms);
    expect((await client.verifyCode({ userId, code })).outcome).toEqual(
      rejectedFor(RejectionReason.TOO_MANY_ATTEMPTS),
    );
    await admin.unlockUser({ userId, reason });
    expect((await client.verifyCode({ userId, code })).outcome.case).toBe("approved");

    clock.advance(30);
    await database.sql`update mfa_settings set consecutive_failures = 100, backup_consecutive_failures = 100`;
    const later = authenticator.code(clock.ms);
    for (const each of [later, backupCodes[0]!]) {
      expect((await client.verifyCode({ userId, code: each })).outcome).toEqual(
        rejectedFor(RejectionReason.TOO_MANY_ATTEMPTS),
      );
    }
    expect(await client.getMfaStatus({ userId })).toMatchObject({ unlockRequired: true });
    await admin.unlockUser({ userId, reason });
    expect((await client.verifyCode({ userId, code: later })).outcome.case).toBe("approved");
    expect((await client.verifyCode({ userId, code: backupCodes[0]! })).outcome.case).toBe("approved");
    expect((await adminRows(service)).map(({ action }) => String(action))).toEqual([
      "unlock_user",
      "unlock_user",
    ]);
  });
});

describe("EraseUser", () => {
  test("EraseUser leaves nothing that holds the user id, and the audit log under the pseudonym", async () => {
    await using service = await startTestService();
    const { client, clock, database } = service;
    const { userId } = await enrolTotp(client, clock, "erase-me-canary");
    await enrolTotp(client, clock, "bystander");
    await adminClient(service).eraseUser({ userId, reason });
    const tables = await database.sql`
      select c.relname as name from pg_class c where c.relkind = 'r' and c.relnamespace = current_schema()::regnamespace`;
    for (const { name } of tables) {
      const [found] = await database.sql`
        select count(*)::int as rows from ${database.sql(String(name))} t where t::text like ${`%${userId}%`}`;
      expect(found?.rows, String(name)).toBe(0);
    }
    expect(await client.getMfaStatus({ userId })).toMatchObject({ enabled: false });
    expect(await client.getMfaStatus({ userId: "bystander" })).toMatchObject({ enabled: true });
    const rows = await database.sql`
      select distinct user_ref from mfa_audit_events where action in ('setup_mfa', 'verify_setup', 'erase_user') and
        user_ref = (select user_ref from mfa_audit_events where action = 'erase_user')`;
    expect(rows).toHaveLength(1);
    const listed = await adminClient(service).listAuditEvents({ userRef: String(rows[0]?.user_ref) });
    expect(listed.events.map(({ action }) => action).sort()).toEqual(
      ["erase_user", "get_mfa_status", "setup_mfa", "verify_setup"].sort(),
    );
    expect(listed.events.every((event) => event.userId === "")).toBe(true);
  });
});

const acts: Record<
  string,
  (admin: AdminClient, request: { userId: string; reason: string }) => Promise<unknown>
> = {
  ResetMfa: (admin, request) => admin.resetMfa(request),
  UnlockUser: (admin, request) => admin.unlockUser(request),
  EraseUser: (admin, request) => admin.eraseUser(request),
};

describe.each(Object.entries(acts))("%s", (_, act) => {
  test("an act of support for an unknown user succeeds, says so, and is audited", async () => {
    await using service = await startTestService();
    const answer = await act(adminClient(service), { userId: "nobody", reason });
    expect(answer).toMatchObject({ userUnknown: true });
    expect(Object.keys(answer as object)).toHaveLength(3); // $typeName and the time
    expect(await adminRows(service)).toMatchObject([{ outcome: "succeeded", reason }]);
  });

  test("an act of support needs a reason of one line", async () => {
    await using service = await startTestService();
    const admin = adminClient(service);
    for (const bad of ["", "   ", "a\nb", "\u001b[2J", "x".repeat(501)]) {
      const refused = await act(admin, { userId: "alice", reason: bad }).catch((error: unknown) => error);
      expect(fieldsAtFault(refused)).toEqual(["reason"]);
    }
    await act(admin, { userId: "alice", reason: "\u{1F511}".repeat(500) });
    expect((await adminRows(service)).map(({ outcome }) => String(outcome)).sort()).toEqual([
      "refused",
      "refused",
      "refused",
      "refused",
      "refused",
      "succeeded",
    ]);
  });

  test("an act of support changes nothing without its audit row", async () => {
    await using service = await startTestService();
    const { client, clock, database } = service;
    const { userId } = await enrolTotp(client, clock);
    await database.sql`update mfa_settings set consecutive_failures = 7`;
    await database.sql`create function refuse() returns trigger language plpgsql as $$ begin raise insufficient_privilege; end $$`;
    await database.sql`create trigger refuse before insert on mfa_audit_events for each row execute function refuse()`;
    await expect(act(adminClient(service), { userId, reason })).rejects.toSatisfy(reasonOf("INTERNAL"));
    const [settings] = await database.sql`select is_enabled, consecutive_failures from mfa_settings`;
    expect({ ...settings }).toEqual({ is_enabled: true, consecutive_failures: 7 });
    expect(await database.sql`select * from mfa_factors`).toHaveLength(1);
    expect(await database.sql`select * from mfa_audit_subjects`).toHaveLength(1);
  });
});
