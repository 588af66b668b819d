import { readFile, rm } from "node:fs/promises";
import { generateKey, promoteKey, writeKeyFile } from "@countersign/field-crypto";
import { RejectionReason } from "@countersign/protocol/countersign/mfa/v1/rejection_pb.js";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { migrate } from "../../src/storage/postgres/schema/migrate.js";
import { rejectedFor } from "../support/client/outcomes.js";
import { startCommand } from "../support/command.js";
import { type Enrolled, enrolTotp } from "../support/enrolment/enrolment.js";
import { createKeyFolder, type KeyFolder } from "../support/key-folder.js";
import { keysCommand } from "../support/keys-command.js";
import { startTestService, type TestService } from "../support/service.js";
import { createRole } from "../support/stores/roles.js";

const USERS = 12;
let folder: KeyFolder;
let service: TestService;
let users: Enrolled[];

beforeEach(async () => {
  folder = await createKeyFolder("old", new Date("2026-01-31T12:00:00Z"));
  service = await startTestService({ config: { keyRingDir: folder.path, keyReloadIntervalMs: 50 } });
  users = await enrolMany(USERS);
  await writeKeyFile(folder.path, generateKey(new Date("2026-02-28T12:00:00Z"), "new"));
  await promoteKey(folder.path, "new");
  await service.replicas[0]?.server.reload();
});
afterEach(async () => {
  await service[Symbol.asyncDispose]();
  await folder[Symbol.asyncDispose]();
});

async function enrolMany(count: number): Promise<Enrolled[]> {
  const enrolled: Enrolled[] = [];
  for (let n = 0; n < count; n += 1) enrolled.push(await enrolTotp(service.client, service.clock));
  return enrolled;
}

const keys = (...args: readonly string[]) => keysCommand(service.config, args);
const retire = (...args: readonly string[]) => keys("retire", "old", "--settle-seconds", "0", ...args);

async function statusOf(id: string) {
  const { printed } = await keys("status", "--json");
  const status = JSON.parse(printed) as { keys: { id: string; state: string; sealedValues: number }[] };
  return status.keys.find((key) => key.id === id);
}

async function logIn(user: Enrolled | undefined): Promise<string | undefined> {
  service.clock.advance(30);
  const code = user!.authenticator.code(service.clock.ms);
  return (await service.client.verifyCode({ userId: user!.userId, code })).outcome.case;
}

describe("re-encryption under the active key", () => {
  test("re-encryption under the active key moves every value, so that the old key can go and everybody still logs in", async () => {
    expect(await statusOf("old")).toMatchObject({ sealedValues: USERS, backupCodeSets: USERS });
    expect((await retire("--lose-backup-codes", "--lose-audit-proof")).noted).toContain(
      "12 sealed values would never open again",
    );

    const metrics = `${folder.path}.prom`;
    const { exitCode, printed } = await keys(
      "rewrap",
      "--batch-size",
      "5",
      "--json",
      "--metrics-file",
      metrics,
    );
    expect(exitCode).toBe(0);
    const written = await readFile(metrics, "utf8");
    await rm(metrics);
    for (const line of ["total 12", "done 12", "rewrapped 12", "refused 0"]) {
      expect(written).toContain(`\ncountersign_rewrap_values_${line}\n`);
    }
    const events = printed.split("\n").map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(events.map(({ done }) => done)).toEqual([5, 10, 12, 12]);
    expect(events.at(-1)).toMatchObject({ event: "end", total: 12, rewrapped: 12, refused: 0, remaining: 0 });
    expect(await statusOf("old")).toMatchObject({ sealedValues: 0 });
    expect(await statusOf("new")).toMatchObject({ sealedValues: USERS });

    await retire("--lose-backup-codes", "--lose-audit-proof");
    await keys("remove", "old", "--lose-backup-codes", "--lose-audit-proof");
    await service.replicas[0]?.server.reload();
    for (const user of users) expect(await logIn(user)).toBe("approved");
  });

  test("re-encryption under the active key says of backup codes and audit rows what a retirement costs, and asks for it by name", async () => {
    await keys("rewrap");
    const refused = await retire();
    expect(refused.exitCode).toBe(1);
    expect(refused.noted).toMatch(/backup codes of 12 users would stop working/);
    expect(refused.noted).toMatch(/rows of the audit log could no longer be proved/);
    expect((await keys("status")).noted).toContain("the backup codes of 12 users are hashes");

    const [user] = users;
    service.clock.advance(30);
    const code = user!.authenticator.code(service.clock.ms);
    const { outcome } = await service.client.regenerateBackupCodes({ userId: user!.userId, code });
    expect(outcome.case).toBe("backupCodes");
    expect(await statusOf("old")).toMatchObject({ backupCodeSets: USERS - 1 });

    const retired = await retire("--lose-backup-codes", "--lose-audit-proof");
    expect(retired).toMatchObject({
      exitCode: 0,
      noted: expect.stringContaining("11 users are gone") as unknown,
    });
    expect((await keys("status")).noted).toMatch(/old: \d+ rows of the audit log can no longer be proved/);
    const verify = startCommand(["audit", "verify"], {
      DATABASE_URL: service.config.stores!.database.url,
      KEY_RING_DIR: folder.path,
    });
    expect(await verify.ended()).toBe(1);
    expect(verify.stdout() + verify.stderr()).toContain('the key ring has no key "old" or has retired it');
  });

  test("backup codes that go with their key are refused as wrong ones, their users told, and the log knows", async () => {
    await keys("rewrap");
    await retire("--lose-backup-codes", "--lose-audit-proof");
    await service.replicas[0]?.server.reload();
    const [user] = users;
    const { userId } = user!;
    const { outcome } = await service.client.verifyCode({ userId, code: user!.backupCodes[0]! });
    expect(outcome).toEqual(rejectedFor(RejectionReason.INVALID_CODE));
    expect(await service.client.getMfaStatus({ userId })).toMatchObject({
      enabled: true,
      backupCodesRemaining: 0,
    });
    const dropped = await service.database.sql`
      select from mfa_audit_events e join mfa_audit_subjects s using (user_ref)
      where s.user_id = ${userId} and e.action = 'drop_backup_codes' and e.caller = 'countersign keys retire'`;
    expect(dropped).toHaveLength(1);
    expect(await logIn(user)).toBe("approved");
  });

  test("two concurrent runs share the work: each value is sealed anew exactly once", async () => {
    const runs = await Promise.all([
      keys("rewrap", "--batch-size", "3", "--json"),
      keys("rewrap", "--batch-size", "4", "--json"),
    ]);
    const ends = runs.map(({ printed }) => {
      const last = printed.split("\n").at(-1) ?? "";
      return JSON.parse(last) as { rewrapped: number; remaining: number };
    });
    expect(ends.map(({ remaining }) => remaining)).toEqual([0, 0]);
    expect(ends[0]!.rewrapped + ends[1]!.rewrapped).toBe(USERS);
    for (const user of users) expect(await logIn(user)).toBe("approved");
  });

  test("re-encryption under the active key needs no more rights than the service has", async () => {
    await using role = await createRole(service.database);
    await migrate(service.database, role.name);
    const stores = { database: { url: role.urlOf(service.database.url) }, redis: { url: "" } };
    const asService = (...args: readonly string[]) => keysCommand({ keyRingDir: folder.path, stores }, args);
    expect((await asService("rewrap")).noted).toContain("12 of 12 values");
    const losses = ["--lose-backup-codes", "--lose-audit-proof", "--settle-seconds", "0"];
    expect(await asService("retire", "old", ...losses)).toMatchObject({ exitCode: 0 });
  });

  test("a value that does not open is reported and left, and keeps its key from being retired", async () => {
    const [victim] = users;
    await service.database.sql`update mfa_factors
      set totp_secret_encrypted = set_byte(totp_secret_encrypted, 20, get_byte(totp_secret_encrypted, 20) # 1)
      where user_id = ${victim!.userId}`;
    const { exitCode, noted } = await keys("rewrap");
    expect(exitCode).toBe(1);
    expect(noted).toContain("does not open: authentication-failed");
    expect(await statusOf("old")).toMatchObject({ sealedValues: 1 });
    expect((await retire("--lose-backup-codes", "--lose-audit-proof")).exitCode).toBe(1);
  });

  test("a value under a key that is gone makes status fail and names the key", async () => {
    await service.database.sql`update mfa_factors
      set totp_secret_encrypted = decode('01056f74686572', 'hex') || substring(totp_secret_encrypted from 6)
      where user_id = ${users[0]!.userId}`;
    const { exitCode, printed, noted } = await keys("status");
    expect(exitCode).toBe(1);
    expect(printed).toMatch(/^other +missing +- +1 /m);
    expect(noted).toContain("other: 1 sealed values cannot be opened");
  });

  test("re-encryption under the active key notes every pseudonym of a user, so that the log is found after the old key is gone", async () => {
    const refs = async () =>
      service.database.sql`select user_ref from mfa_audit_subjects where user_id = ${users[0]!.userId}`;
    expect(await refs()).toHaveLength(1);
    await keys("rewrap");
    expect(await refs()).toHaveLength(2);
    await logIn(users[0]);
    const strangers = await service.database.sql`
      select from mfa_audit_events e where not exists (select from mfa_audit_subjects s where s.user_ref = e.user_ref)`;
    expect(strangers).toHaveLength(0);
  });
});
