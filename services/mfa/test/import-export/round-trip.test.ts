import { randomBytes } from "node:crypto";
import { readdir, readFile, stat, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { Method } from "@countersign/protocol/countersign/mfa/v1/method_pb.js";
import { RejectionReason } from "@countersign/protocol/countersign/mfa/v1/rejection_pb.js";
import { generateHybridIdentity, generateX25519Identity, identityToRecipient } from "age-encryption";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { emailAddress, phoneNumber, totpSecret } from "../leaks/support/canary.js";
import { Evidence } from "../leaks/support/evidence.js";
import { rejectedFor } from "../support/client/outcomes.js";
import { authenticatorFor } from "../support/enrolment/authenticator.js";
import { type Enrolled, enrolTotp } from "../support/enrolment/enrolment.js";
import { Mailbox } from "../support/enrolment/mailbox.js";
import { createScratchFolder, type ScratchFolder } from "../support/scratch-folder.js";
import { ChangingSecurity } from "../support/security.js";
import { startTestService, type TestService } from "../support/service.js";
import { importExportCommand, importText } from "./support/import-export-command.js";
import { jsonLines, keyUri } from "./support/users.js";

const [PHONE, EMAIL] = ["+12025550199", "round.trip@leaving.example.com"];
const OWN_URI = keyUri({ algorithm: "SHA512", digits: 8, period: 60 });
const mailbox = new Mailbox();
let old: TestService;
let fresh: TestService;
let folder: ScratchFolder;
let identity: string;
let alice: Enrolled;

const newService = () =>
  startTestService({
    config: {
      encryptionKey: randomBytes(32).toString("base64"),
      security: new ChangingSecurity({ mfa: { allowedMethods: ["totp", "sms", "email"] } }),
    },
    overrides: { senders: mailbox },
  });

beforeAll(async () => {
  [old, fresh, folder] = await Promise.all([newService(), newService(), createScratchFolder()]);
  // Codes that are sent have Redis's time, and their replay counters come along.
  for (const { clock } of [old, fresh]) clock.advance((Date.now() - clock.ms) / 1_000);
  identity = await generateX25519Identity();
  await folder.put("key.txt", `# created: today\n# public key: ...\n${identity}\n`);
  alice = await enrolTotp(old.client, old.clock, "alice");
  await enrolSent("sid", { method: Method.SMS, phoneNumber: PHONE }, PHONE);
  await enrolSent("erin:{x}", { method: Method.EMAIL, email: EMAIL }, EMAIL);
  const others = [
    { user_id: "own-parameters", otpauth_uri: OWN_URI, last_accepted: 1 },
    { user_id: "locked", otpauth_uri: keyUri(), consecutive_failures: 100 },
  ];
  await importText(old, jsonLines(others));
  await old.client.setupMfa({ userId: "pending", method: Method.TOTP });
});
afterAll(async () => {
  await Promise.all([old, fresh, folder].map((each) => each[Symbol.asyncDispose]()));
});

async function enrolSent(userId: string, factor: object, to: string): Promise<void> {
  await old.client.setupMfa({ userId, ...factor });
  const { outcome } = await old.client.verifySetup({ userId, code: mailbox.code(to) });
  expect(outcome.case).toBe("enabled");
}

const recipient = async () => ["--recipient", await identityToRecipient(identity)];
const leave = async (...args: readonly string[]) =>
  importExportCommand(old, "export", [...(await recipient()), "--reason", "we move, J. Doe", ...args]);
const arrive = (file: string, ...args: readonly string[]) =>
  importExportCommand(fresh, "import", [
    file,
    "--identity",
    folder.at("key.txt"),
    "--reason",
    "we move",
    ...args,
  ]);

test("users who leave log in at a fresh installation with other keys, and no code of before is accepted there", async () => {
  const spent = alice.authenticator.code(old.clock.ms);
  expect((await old.client.verifyCode({ userId: "alice", code: spent })).outcome.case).toBe("approved");
  fresh.clock.advance((old.clock.ms - fresh.clock.ms) / 1_000);
  const file = folder.at("users.jsonl.age");
  const left = await leave("--output", file, "--batch-size", "2");
  expect(left).toMatchObject({ exitCode: 0, printed: "", noted: "5 users written, 0 left out" });
  expect((await stat(file)).mode & 0o777).toBe(0o600);
  expect(await arrive(file)).toMatchObject({
    exitCode: 0,
    printed: "5 users imported, 0 were there as given, 0 lines refused",
  });

  const replayed = rejectedFor(RejectionReason.CODE_REPLAYED);
  expect((await fresh.client.verifyCode({ userId: "alice", code: spent })).outcome).toEqual(replayed);
  const next = alice.authenticator.code(fresh.clock.ms, 1);
  expect((await fresh.client.verifyCode({ userId: "alice", code: next })).outcome.case).toBe("approved");
  const own = authenticatorFor(OWN_URI).code(fresh.clock.ms);
  expect((await fresh.client.verifyCode({ userId: "own-parameters", code: own })).outcome.case).toBe(
    "approved",
  );
  for (const [userId, to] of [
    ["sid", PHONE],
    ["erin:{x}", EMAIL],
  ] as const) {
    await fresh.client.sendVerificationCode({ userId });
    const { outcome } = await fresh.client.verifyCode({ userId, code: mailbox.code(to) });
    expect(outcome.case).toBe("approved");
  }
  expect(await fresh.client.getMfaStatus({ userId: "locked" })).toMatchObject({ unlockRequired: true });
  expect(await fresh.client.getMfaStatus({ userId: "pending" })).toMatchObject({ enabled: false });
  expect(await fresh.client.getMfaStatus({ userId: "alice" })).toMatchObject({ backupCodesRemaining: 0 });

  expect((await arrive(file)).printed).toBe("0 users imported, 5 were there as given, 0 lines refused");
});

test("no secret is in the file, on standard output, in the reports or in the log of either", async () => {
  const evidence = new Evidence();
  const file = folder.at("scanned.jsonl.age");
  const outputs = [await leave("--output", file), await leave(), await arrive(file, "--dry-run", "--json")];
  evidence.canaries.push(
    phoneNumber(PHONE),
    emailAddress(EMAIL),
    totpSecret(new URL(OWN_URI).searchParams.get("secret")!),
  );
  for (const { printed, noted, bytes } of outputs) {
    evidence.add("output", printed);
    evidence.add("output", noted);
    evidence.add("output", bytes);
  }
  for (const name of await readdir(dirname(file))) evidence.add("output", await readFile(folder.at(name)));
  const events = await old.database.sql`select e::text as line from mfa_audit_events e`;
  for (const { line } of events) evidence.add("postgres", String(line));
  expect(evidence.leaks()).toEqual([]);
  expect(evidence.count("output")).toBeGreaterThan(4);
});

test("the audit log has who took how many users away, for whom and why, before and after", async () => {
  await leave();
  const rows = await old.database.sql`
    select outcome, purpose, caller, request_id, details, user_ref from mfa_audit_events
    where action = 'export_users' order by transaction_id desc limit 2`;
  const [after, before] = rows.map((row) => ({ ...row }));
  const base = { outcome: "succeeded", purpose: "administer", caller: "countersign export", user_ref: null };
  const recipients = (await recipient())[1];
  expect(before).toMatchObject({ ...base, details: { reason: "we move, J. Doe", users: "5", recipients } });
  expect(after).toMatchObject({
    ...base,
    details: { written: "5" },
    request_id: before?.request_id as string,
  });
});

test("where the audit log takes no row, nothing leaves", async () => {
  const { sql } = old.database;
  await sql`alter table mfa_audit_events rename to away`;
  const file = folder.at("unaudited.jsonl.age");
  const [toFile, toOutput] = [await leave("--output", file), await leave()];
  await sql`alter table away rename to mfa_audit_events`;
  expect([toFile.exitCode, toOutput.exitCode]).toEqual([1, 1]);
  expect(toOutput.bytes).toHaveLength(0);
  await expect(readFile(file)).rejects.toThrow("ENOENT");
  await expect(readFile(`${file}.partial`)).rejects.toThrow("ENOENT");
});

describe("a sealed file", () => {
  let sealed: Buffer;
  beforeAll(async () => {
    ({ bytes: sealed } = await leave());
  });
  const arriveFrom = (bytes: Uint8Array, key = folder.at("key.txt")) =>
    importExportCommand(
      fresh,
      "import",
      ["-", "--format", "jsonl", "--identity", key, "--reason", "we move"],
      bytes,
    );

  test("a sealed file opens from standard input", async () => {
    expect((await arriveFrom(sealed)).exitCode).toBe(0);
  });

  test("a sealed file that is cut short or altered ends the run", async () => {
    const altered = Buffer.from(sealed);
    altered.writeUInt8(altered.readUInt8(altered.length - 20) ^ 1, altered.length - 20);
    for (const bytes of [sealed.subarray(0, -1), altered]) {
      const { exitCode, noted } = await arriveFrom(bytes);
      expect(exitCode).toBe(1);
      expect(noted).toContain("cut short or was altered");
    }
  });

  test("a sealed file does not open for others, without the identity, or with what is none; nothing of a key is repeated", async () => {
    await writeFile(folder.at("other.txt"), await generateX25519Identity());
    await writeFile(folder.at("broken.txt"), `${identity.slice(0, -1)}Q\n`);
    expect((await arriveFrom(sealed, folder.at("other.txt"))).noted).toContain("no identity matched");
    const broken = await arriveFrom(sealed, folder.at("broken.txt"));
    expect(broken.noted).toContain("not one that age-keygen writes");
    expect(broken.noted).not.toContain(identity.slice(20, 40));
    const without = ["-", "--format", "jsonl", "--reason", "we move"];
    expect((await importExportCommand(fresh, "import", without, sealed)).noted).toContain("give --identity");
  });

  test("a sealed file may be for several recipients, post-quantum ones too", async () => {
    const second = await generateHybridIdentity();
    await writeFile(folder.at("second.txt"), second);
    const { bytes } = await leave("--recipient", await identityToRecipient(second));
    expect((await arriveFrom(bytes)).exitCode).toBe(0);
    expect((await arriveFrom(bytes, folder.at("second.txt"))).exitCode).toBe(0);
  });
});

describe("an export", () => {
  test("an export never takes a file's place, and leaves none behind when it fails", async () => {
    const file = folder.at("taken.jsonl.age");
    await writeFile(file, "mine");
    expect((await leave("--output", file)).noted).toContain("already exists");
    expect(await readFile(file, "utf8")).toBe("mine");
  });

  test.each<[readonly string[], string]>([
    [["--reason", "x"], "--recipient is needed"],
    [["--recipient", "age1abc", "--reason", "x"], "is not an age recipient"],
    [["--recipient", "AGE-SECRET-KEY-1CANARY", "--reason", "x"], "is not an age recipient"],
    [["--recipient", "age1abc"], "--reason is needed"],
    [["users.csv", "--reason", "x"], "users.csv"],
  ])("%j is not understood", async (args, problem) => {
    const { exitCode, noted, bytes } = await importExportCommand(old, "export", args);
    expect(exitCode).toBe(2);
    expect(noted).toContain(problem);
    expect(noted).not.toContain("CANARY");
    expect(bytes).toHaveLength(0);
  });

  test("an export leaves out whose factor does not open, says so, and is not taken for whole", async () => {
    await importText(old, jsonLines([{ user_id: "tampered", otpauth_uri: keyUri() }]));
    await old.database.sql`update mfa_factors
      set totp_secret_encrypted = set_byte(totp_secret_encrypted, 20, get_byte(totp_secret_encrypted, 20) # 1)
      where user_id = 'tampered'`;
    const { exitCode, noted } = await leave();
    expect(exitCode).toBe(1);
    expect(noted).toMatch(/alarm: factor [0-9a-f-]{36} does not open/);
    expect(noted).toContain("5 users written, 1 left out");
  });
});
