import { randomUUID } from "node:crypto";
import { Method } from "@countersign/protocol/countersign/mfa/v1/method_pb.js";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startCommand } from "../support/command.js";
import { enrolTotp } from "../support/enrolment/enrolment.js";
import { Mailbox } from "../support/enrolment/mailbox.js";
import { ALL_NOTICES } from "../support/service.js";
import { type SupportDesk, startSupportDesk, type Way } from "./support/support-desk.js";

const mailbox = new Mailbox();
let desk: SupportDesk;

beforeAll(async () => {
  // No lock runs out while a slow machine looks at it.
  desk = await startSupportDesk({ senders: mailbox, lockoutScheduleMs: [3_600_000] });
});
afterAll(() => desk[Symbol.asyncDispose]());

const WAYS: readonly (readonly [Way, string])[] = [
  ["the stores", "countersign user"],
  ["a token", "desk"],
];

async function enrolled(): Promise<string> {
  return (await enrolTotp(await desk.web(), desk.listed.service.clock)).userId;
}

/** Three wrong codes, which lock for half a minute. */
async function lock(userId: string): Promise<void> {
  const web = await desk.web();
  const context = { ipAddress: "203.0.113.9" };
  for (let guess = 0; guess < 3; guess += 1) await web.verifyCode({ userId, code: "000000", context });
  // Entries of one moment are in no order of their own.
  desk.listed.service.clock.advance(1);
}

/** What the audit log has of the acts on a user, oldest first. */
async function acts(userId: string) {
  const { database } = desk.listed.service;
  const rows = await database.sql`
    select e.action, e.outcome, e.caller, e.details ->> 'actor' as actor, e.details ->> 'reason' as reason from mfa_audit_events e
    where e.purpose = 'administer' and e.action <> 'list_audit_events' and e.user_ref in (
      select user_ref from mfa_audit_subjects where user_id = ${userId})
    order by e.occurred_at, e.id`;
  return rows.map((row) => ({ ...row }));
}

describe.each(WAYS)("by %s", (way, caller) => {
  test("show says what a user has, for people and for programs", async () => {
    const userId = await enrolled();
    const shown = await desk.run(way, ["user", "show", userId]);
    expect(shown).toMatchObject({ exitCode: 0, noted: "" });
    for (const row of [
      `user            ${userId}`,
      "mfa             on",
      "method          TOTP",
      "locked          no",
    ])
      expect(shown.printed.split("\n")).toContain(row);
    const { printed } = await desk.run(way, ["user", "show", userId, "--json"]);
    expect(JSON.parse(printed)).toMatchObject({
      user: userId,
      enabled: true,
      method: "TOTP",
      unlockRequired: false,
    });
    const nobody = await desk.run(way, ["user", "show", "nobody"]);
    expect(nobody.printed).toContain("off: nothing is enrolled under this id");
  });

  test("why says in a sentence what locked a user, and unlock lets the user in, with its audit row", async () => {
    const userId = await enrolled();
    await lock(userId);
    const why = await desk.run(way, ["user", "why", userId]);
    expect(why).toMatchObject({ exitCode: 0, noted: "" });
    expect(why.printed).toMatch(
      new RegExp(
        `^${userId}: locked until \\d\\d:\\d\\d:\\d\\d UTC after 3 wrong codes from 203\\.0\\.113\\.9 through caller web; ` +
          "MFA by TOTP since \\d\\d:\\d\\d:\\d\\d UTC(, last used [^;]*)?; 10 backup codes left; nothing else is wrong$",
      ),
    );
    const { printed } = await desk.run(way, ["user", "why", userId, "--json"]);
    expect(JSON.parse(printed)).toMatchObject({
      user: userId,
      unknown: false,
      auditRead: true,
      findings: [{ kind: "locked" }],
      status: { enabled: true },
    });
    const args = ["user", "unlock", userId, "--reason", "called back", "--actor", "jdoe"];
    expect(await desk.run(way, args)).toMatchObject({
      exitCode: 0,
      printed: `${userId}: unlocked: the user can try again`,
    });
    expect((await desk.run(way, ["user", "why", userId])).printed).toContain("nothing is wrong");
    expect(await acts(userId)).toEqual([
      { action: "unlock_user", outcome: "succeeded", caller, actor: "jdoe", reason: "called back" },
    ]);
  });

  test("reset lets a user enrol anew, and why says who reset the user, and for what", async () => {
    const userId = await enrolled();
    const args = ["user", "reset", userId, "--reason", "lost phone", "--actor", "jdoe", "--json"];
    const reset = await desk.run(way, args);
    expect(reset.exitCode).toBe(0);
    expect(JSON.parse(reset.printed)).toMatchObject({
      event: "reset",
      user: userId,
      actor: "jdoe",
      unknown: false,
    });
    expect((await desk.run(way, ["user", "why", userId])).printed).toMatch(
      new RegExp(
        `^${userId}: MFA is off: reset at \\d.* UTC by jdoe through caller ${caller} \\("lost phone"\\)`,
      ),
    );
    expect(await acts(userId)).toEqual([
      { action: "reset_mfa", outcome: "succeeded", caller, actor: "jdoe", reason: "lost phone" },
    ]);
    await enrolTotp(await desk.web(), desk.listed.service.clock, userId);
  });

  test("erase leaves nothing but the audit log, which has the act", async () => {
    const userId = await enrolled();
    const reason = `account closed ${randomUUID()}`;
    const args = ["user", "erase", userId, "--reason", reason, "--actor", "jdoe"];
    expect(await desk.run(way, args)).toMatchObject({ exitCode: 0 });
    const { sql } = desk.listed.service.database;
    expect(await sql`select 1 from mfa_settings where user_id = ${userId}`).toHaveLength(0);
    const [row] = await sql`
      select action, caller, details ->> 'actor' as actor from mfa_audit_events where details ->> 'reason' = ${reason}`;
    expect({ ...row }).toEqual({ action: "erase_user", caller, actor: "jdoe" });
  });

  test("audit lists entries by what is asked for, newest first", async () => {
    const userId = await enrolled();
    await lock(userId);
    const list = async (...conditions: readonly string[]) => {
      const { printed } = await desk.run(way, ["user", "audit", userId, "--json", ...conditions]);
      const lines = printed.split("\n").filter((line) => line !== "");
      return lines.map((line) => JSON.parse(line) as Record<string, unknown>);
    };
    expect(await list("--reason", "INVALID_CODE", "--ip-address", "203.0.113.9")).toHaveLength(3);
    expect(await list("--reason", "INVALID_CODE", "--limit", "1")).toMatchObject([
      {
        action: "verify_code",
        outcome: "rejected",
        reason: "INVALID_CODE",
        method: "TOTP",
        caller: "web",
        userId,
      },
    ]);
    expect(await list("--caller", "web", "--action", "verify_code")).toHaveLength(3);
    expect(await list("--caller", caller, "--action", "list_audit_events")).not.toHaveLength(0);
    expect(await list("--ip-address", "192.0.2.1")).toEqual([]);
    expect(await list("--method", "sms")).toEqual([]);
    expect(await list("--action", "setup_mfa")).toHaveLength(1);
    const actions = (entries: readonly Record<string, unknown>[]) => entries.map(({ action }) => action);
    expect(actions(await list())).not.toContain("list_audit_events");
    expect(actions(await list("--reads"))).toContain("list_audit_events");
    const table = await desk.run(way, ["user", "audit", userId, "--limit", "2"]);
    expect(table.printed).toMatch(/^TIME \(UTC\) +ACTION +OUTCOME +REASON/);
    expect(table.noted).toContain("there are older entries");
    expect(await desk.run(way, ["user", "audit", userId, "--reason", "nonsense"])).toMatchObject({
      exitCode: 2,
      noted: "countersign: --reason must be a reason as entries name it, such as INVALID_CODE",
    });
  });

  test("an id that was never enrolled is said to be unknown, with exit code 1", async () => {
    const why = await desk.run(way, ["user", "why", "alcie"]);
    expect(why.exitCode).toBe(1);
    expect(why.printed).toBe(
      "alcie: no such user: nothing was ever enrolled under this id, which may be mistyped",
    );
    for (const act of ["unlock", "reset", "erase"]) {
      const { exitCode, printed, noted } = await desk.run(way, [
        "user",
        act,
        "alcie",
        "--reason",
        "ticket 1",
      ]);
      expect({ exitCode, printed }).toEqual({ exitCode: 1, printed: "" });
      expect(noted).toContain("there is no user alcie");
    }
    expect(await desk.run(way, ["user", "audit", "alcie"])).toMatchObject({ exitCode: 1 });
  });
});

test.each<[Way]>([["the stores"], ["a token"]])("a command by %s is a process that ends", async (way) => {
  const userId = await enrolled();
  const args = ["user", "show", userId, "--json", ...(await desk.flags(way))];
  const command = startCommand(args, way === "the stores" ? desk.environment() : {});
  expect({ exitCode: await command.ended(), noted: command.stderr() }).toMatchObject({ exitCode: 0 });
  expect(JSON.parse(command.stdout())).toMatchObject({ user: userId, enabled: true });
});

test("a reset from the stores tells the user, as the service does", async () => {
  const web = await desk.web();
  const [userId, email] = [randomUUID(), `${randomUUID()}@example.com`];
  await web.setupMfa({ userId, method: Method.EMAIL, email });
  await web.verifySetup({ userId, code: mailbox.code(email) });
  const reset = ["user", "reset", userId, "--reason", "lost phone"];
  expect(await desk.run("the stores", reset, { notices: ALL_NOTICES })).toMatchObject({ exitCode: 0 });
  const [notice] = await desk.listed.service.database.sql`
    select e.outcome, e.details from mfa_audit_events e join mfa_audit_subjects s using (user_ref)
    where s.user_id = ${userId} and e.action = 'send_notice'`;
  expect({ ...notice }).toEqual({ outcome: "succeeded", details: { notice: "reset", result: "sent" } });
});

test("a caller without the audit log is told what is wrong without its cause, and what it may not do", async () => {
  const userId = await enrolled();
  await lock(userId);
  const why = await desk.run("a certificate", ["user", "why", userId]);
  expect(why.exitCode).toBe(0);
  expect(why.printed).toMatch(
    /: locked until [^;]* UTC; MFA by TOTP .*; causes are not told, as this caller may not/,
  );
  const reset = await desk.run("a certificate", ["user", "reset", userId, "--reason", "lost phone"]);
  expect(reset).toMatchObject({ exitCode: 1, printed: "" });
  expect(reset.noted).toBe(
    "countersign: this caller may not do that (PERMISSION_DENIED): the callers file gives it no such role",
  );
});

test("a token that is not good, and a service that does not answer, are told apart", async () => {
  const { folder } = desk.listed;
  const [, url = "", , ca = ""] = await desk.flags("a certificate");
  const bad = await folder.put("bad-token", "a.b.c");
  const show = ["user", "show", "alice", "--ca", ca, "--token-file", bad, "--url"];
  expect(await desk.run("the stores", [...show, url])).toMatchObject({
    exitCode: 1,
    noted: "countersign: the service does not know this token or certificate (UNAUTHENTICATED)",
  });
  const gone = await desk.run("the stores", [...show, "https://127.0.0.1:1"]);
  expect(gone.exitCode).toBe(1);
  expect(gone.noted).toMatch(/^countersign: --url: the service was not reached: .*ECONNREFUSED/);
});

test.each([
  [["--token-file", "t"], "--token-file needs --url"],
  [["--url", "countersign.internal"], "--url must begin with https:// or http://"],
  [["--url", "https://a", "--cert", "c"], "--cert and --key need each other"],
  [["--url", "http://a", "--ca", "c"], "--cert, --key and --ca need an https:// address as --url"],
])("%j makes no sense, and nothing is done", async (flags, problem) => {
  expect(await desk.run("the stores", ["user", "show", "alice", ...flags])).toEqual({
    exitCode: 2,
    printed: "",
    noted: `countersign: ${problem}`,
  });
});

test("the embedded stores are the serving process's own: they are reached by --url alone", async () => {
  const ran = await desk.run("the stores", ["user", "show", "alice"], { stores: undefined });
  expect(ran.exitCode).toBe(2);
  expect(ran.noted).toContain("--url is needed");
});

test("stores that do not answer are named", async () => {
  const { stores } = desk.listed.service.config;
  const away = { database: { url: "postgres://127.0.0.1:1/countersign" }, redis: stores!.redis };
  const ran = await desk.run("the stores", ["user", "show", "alice"], {
    stores: away,
    databaseTimeLimitMs: 1_000,
  });
  expect(ran).toMatchObject({ exitCode: 1, printed: "" });
  expect(ran.noted).toMatch(/^countersign: Postgres /m);
});
