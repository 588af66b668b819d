import { readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { generateKey, promoteKey, writeKeyFile } from "@countersign/field-crypto";
import { generateX25519Identity, identityToRecipient } from "age-encryption";
import { afterAll, beforeAll, expect, test } from "vitest";
import { importExportCommand, importText } from "../import-export/support/import-export-command.js";
import { jsonLines, keyUri } from "../import-export/support/users.js";
import { recordingLog } from "../net/support/recording-log.js";
import { reasonOf } from "../support/client/errors.js";
import { startCommand } from "../support/command.js";
import { beginTotp, enrolTotp } from "../support/enrolment/enrolment.js";
import { createKeyFolder, type KeyFolder } from "../support/key-folder.js";
import { keysCommand } from "../support/keys-command.js";
import { startTestService, type TestService } from "../support/service.js";
import { doctor } from "./support/doctor.js";
import { checksOf, readinessOf } from "./support/readiness.js";

const SENTENCE =
  "the key ring lacks the key ours, which the database needs: bring it back (KEY_RING_DIR or ENCRYPTION_KEY), " +
  "or, if it is lost for good, run countersign keys abandon ours";
const PATIENCE = { timeout: 20_000 };

let ours: KeyFolder;
let theirs: KeyFolder;
let first: TestService;
beforeAll(async () => {
  ours = await createKeyFolder("ours");
  theirs = await createKeyFolder("theirs");
  first = await startTestService({ config: { keyRingDir: ours.path, keyReloadIntervalMs: 20 } });
});
afterAll(async () => {
  for (const owner of [first, ours, theirs]) await owner[Symbol.asyncDispose]();
});

/** Another replica on the same stores, whose folder changes as a mounted Secret does. */
async function startOn(folder: KeyFolder) {
  const log = recordingLog();
  const service = await startTestService({
    databaseUrl: () => Promise.resolve(first.database.url),
    config: { keyRingDir: folder.path, keyReloadIntervalMs: 20, redisKeyPrefix: first.config.redisKeyPrefix },
    overrides: { log, reloadIntervalMs: 50 },
  });
  return { service, log, [Symbol.asyncDispose]: () => service[Symbol.asyncDispose]() };
}

async function copyKey(id: string, from: KeyFolder, to: KeyFolder): Promise<void> {
  await writeFile(join(to.path, id), await readFile(join(from.path, id)), { mode: 0o400 });
}

/** Rows that name the key, of whatever table. */
async function rowsUnder(id: string): Promise<number> {
  const [row] = await first.database.sql`
    select (select count(*) from mfa_audit_events where key_id = ${id}) + (select count(*) from mfa_audit_seals where key_id = ${id})
      + (select count(*) from mfa_settings where backup_scheme like ${`%:${id}`})
      + (select count(*) from mfa_factors where encode(totp_secret_encrypted, 'escape') like ${`%${id}%`}) as count`;
  return Number(row?.count);
}

test("any ring will do for a database in which nothing is sealed", async () => {
  await using folder = await createKeyFolder("fresh");
  await using service = await startTestService({ config: { keyRingDir: folder.path } });
  expect(await readinessOf(service)).toBe(200);
});

test("the wrong folder of keys: never ready, one sentence, nothing under the foreign key, and ready once the key is back", async () => {
  const { userId, authenticator } = await enrolTotp(first.client, first.clock);
  await using replica = await startOn(theirs);
  const { service, log } = replica;
  expect(await readinessOf(service)).toBe(503);
  expect(await checksOf(service)).toMatchObject({ stores: "ok", keys: SENTENCE, postgres: "ok" });
  const login = { userId, code: authenticator.code(first.clock.ms) };
  await expect(service.client.verifyCode(login)).rejects.toSatisfy(reasonOf("STORE_UNAVAILABLE"));
  await expect(beginTotp(service.client)).rejects.toSatisfy(reasonOf("STORE_UNAVAILABLE"));
  expect(await rowsUnder("theirs")).toBe(0);

  await copyKey("ours", ours, theirs);
  await promoteKey(theirs.path, "ours");
  await expect.poll(() => readinessOf(service), PATIENCE).toBe(200);
  expect((await service.client.verifyCode(login)).outcome.case).toBe("approved");
  expect(log.lines.filter(({ message }) => message === "not ready: the key ring lacks a key")).toEqual([
    { level: "error", message: "not ready: the key ring lacks a key", fields: { reason: SENTENCE } },
  ]);
  expect(log.lines).toContainEqual({
    level: "info",
    message: "key ring is complete again",
    fields: {},
  });
  await rm(join(theirs.path, "ours"), { force: true });
  await promoteKey(theirs.path, "theirs");
});

test("a wrong folder that comes while the server runs leaves the keys in force, and the log says why", async () => {
  await using folder = await createKeyFolder("theirs");
  await copyKey("ours", ours, folder);
  await promoteKey(folder.path, "ours");
  await using replica = await startOn(folder);
  const { service, log } = replica;
  const { userId, authenticator } = await enrolTotp(service.client, service.clock);
  await promoteKey(folder.path, "theirs");
  await rm(join(folder.path, "ours"), { force: true });
  await expect.poll(() => JSON.stringify(log.lines), PATIENCE).toContain(SENTENCE);
  expect(await readinessOf(service)).toBe(200);
  const code = authenticator.code(service.clock.ms);
  expect((await service.client.verifyCode({ userId, code })).outcome.case).toBe("approved");
  await copyKey("ours", ours, folder);
  await promoteKey(folder.path, "ours");
  await expect
    .poll(() => log.lines.map(({ message }) => message), PATIENCE)
    .toContain("key folder is valid again");
});

test("a key that another replica begins to seal under takes readiness away until this one has it", async () => {
  await using ahead = await createKeyFolder("ours-next");
  await using behind = await createKeyFolder("behind");
  await using fresh = await startTestService({
    config: { keyRingDir: behind.path, keyReloadIntervalMs: 20 },
    overrides: { reloadIntervalMs: 50 },
  });
  await copyKey("behind", behind, ahead);
  await using other = await startTestService({
    databaseUrl: () => Promise.resolve(fresh.database.url),
    config: { keyRingDir: ahead.path },
  });
  await enrolTotp(other.client, other.clock);
  await expect.poll(() => readinessOf(fresh), PATIENCE).toBe(503);
  await copyKey("ours-next", ahead, behind);
  await expect.poll(() => readinessOf(fresh), PATIENCE).toBe(200);
});

test("doctor fails, and keys rotate, status and rewrap say what is missing", async () => {
  await enrolTotp(first.client, first.clock);
  const config = { stores: first.config.stores, keyRingDir: theirs.path };
  const { exitCode, said } = await doctor({
    DATABASE_URL: first.config.stores!.database.url,
    REDIS_URL: first.config.stores!.redis.url,
    KEY_RING_DIR: theirs.path,
  });
  expect(exitCode).toBe(1);
  expect(said).toContain(`failed keys ${SENTENCE}`);
  expect(await keysCommand(config, ["rotate"])).toMatchObject({
    exitCode: 1,
    noted: expect.stringContaining(SENTENCE) as string,
  });
  const rewrap = await keysCommand(config, ["rewrap"]);
  expect(rewrap.exitCode).toBe(1);
  expect(rewrap.noted).toContain(`alarm: ${SENTENCE}`);
  const status = await keysCommand(config, ["status"]);
  expect(status.exitCode).toBe(1);
  expect(status.noted).toContain("ours: no server is ready without this key");
  const seal = startCommand(["audit", "seal"], {
    DATABASE_URL: first.config.stores!.database.url,
    KEY_RING_DIR: theirs.path,
  });
  expect(await seal.ended()).toBe(1);
  expect(seal.stderr()).toContain(SENTENCE);
});

test("import and export with the wrong folder of keys are refused, and neither writes anything", async () => {
  await enrolTotp(first.client, first.clock);
  const before = await rowsUnder("theirs");
  const wrong = { ...first, config: { ...first.config, keyRingDir: theirs.path } };
  const said =
    "countersign: the service works under the key ours, which is not among these: set KEY_RING_DIR or ENCRYPTION_KEY as it has them";
  const users = jsonLines([{ user_id: "moved", otpauth_uri: keyUri() }]);
  for (const dryRun of [[], ["--dry-run"]])
    expect(await importText(wrong, users, ...dryRun)).toMatchObject({
      exitCode: 1,
      printed: "",
      noted: said,
    });
  const recipient = await identityToRecipient(await generateX25519Identity());
  const exported = await importExportCommand(wrong, "export", [
    "--recipient",
    recipient,
    "--reason",
    "we move",
  ]);
  expect(exported).toMatchObject({ exitCode: 1, printed: "", noted: said });
  expect(exported.bytes).toHaveLength(0);
  expect(await first.client.getMfaStatus({ userId: "moved" })).toMatchObject({ enabled: false });
  expect(await rowsUnder("theirs")).toBe(before);
});

test("a key that is lost for good can be abandoned: the others' users are served again", async () => {
  await using folder = await createKeyFolder("lost");
  await using service = await startTestService({ config: { keyRingDir: folder.path } });
  const gone = await enrolTotp(service.client, service.clock);
  const keys = (...args: string[]) => keysCommand({ ...service.config, keyRingDir: folder.path }, args);
  expect((await keys("abandon", "lost")).noted).toContain("nothing is lost");
  await writeKeyFile(folder.path, generateKey(new Date(), "next"));
  await promoteKey(folder.path, "next");
  await rm(join(folder.path, "lost"), { force: true });
  await service.restart();
  expect(await readinessOf(service)).toBe(503);
  expect((await keys("abandon", "lost")).printed).toContain("1 sealed values");
  await service.restart();
  expect(await readinessOf(service)).toBe(200);
  await enrolTotp(service.client, service.clock);
  const code = gone.authenticator.code(service.clock.ms);
  await expect(service.client.verifyCode({ userId: gone.userId, code })).rejects.toSatisfy(
    reasonOf("INTERNAL"),
  );
  expect((await keys("status")).exitCode).toBe(0);
});
