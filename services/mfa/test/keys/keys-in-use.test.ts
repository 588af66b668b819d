import { generateKey, promoteKey, writeKeyFile } from "@countersign/field-crypto";
import { afterEach, beforeEach, expect, test } from "vitest";
import { migrate } from "../../src/storage/postgres/schema/migrate.js";
import { enrolTotp } from "../support/enrolment/enrolment.js";
import { createKeyFolder, type KeyFolder } from "../support/key-folder.js";
import { keysCommand } from "../support/keys-command.js";
import { startTestService, type TestService } from "../support/service.js";

let folder: KeyFolder;
let service: TestService;
beforeEach(async () => {
  folder = await createKeyFolder("old", new Date("2026-01-31T12:00:00Z"));
  service = await startTestService({ config: { keyRingDir: folder.path } });
});
afterEach(async () => {
  await service[Symbol.asyncDispose]();
  await folder[Symbol.asyncDispose]();
});

const keys = (...args: readonly string[]) => keysCommand(service.config, args);

async function noted(): Promise<readonly string[]> {
  const rows = await service.database.sql<
    { key_id: string }[]
  >`select key_id from mfa_keys_in_use order by 1`;
  return rows.map(({ key_id }) => key_id);
}

async function promote(id: string): Promise<void> {
  await writeKeyFile(folder.path, generateKey(new Date("2026-02-28T12:00:00Z"), id));
  await promoteKey(folder.path, id);
  await service.replicas[0]?.server.reload();
}

test("an enrolment notes its key, and a rotation takes the old one off once nothing needs it", async () => {
  expect(await noted()).toEqual([]);
  const { userId, backupCodes } = await enrolTotp(service.client, service.clock);
  expect(await noted()).toEqual(["old"]);
  await promote("new");
  expect((await keys("rewrap")).exitCode).toBe(0);
  // The user's backup codes are still under the pepper of the old key.
  expect(await noted()).toEqual(["new", "old"]);
  const renewed = await service.client.regenerateBackupCodes({ userId, code: backupCodes[0]! });
  expect(renewed.outcome.case).toBe("backupCodes");
  const retired = await keys("retire", "old", "--settle-seconds", "0", "--lose-audit-proof");
  expect(retired).toMatchObject({ exitCode: 0 });
  expect(await noted()).toEqual(["new"]);
});

test("a key that was retired where no database was reached does not keep servers waiting", async () => {
  await service.database.sql`insert into mfa_keys_in_use (key_id) values ('gone')`;
  await service.restart();
  const address = service.replicas[0]!.server.adminAddress;
  expect((await fetch(`http://127.0.0.1:${address.port}/readyz`)).status).toBe(200);
  expect(await noted()).toEqual([]);
});

test("a login writes nothing down", async () => {
  const { userId, authenticator } = await enrolTotp(service.client, service.clock);
  await service.database.sql`delete from mfa_keys_in_use`;
  const code = authenticator.code(service.clock.ms);
  expect((await service.client.verifyCode({ userId, code })).outcome.case).toBe("approved");
  expect(await noted()).toEqual([]);
});

test("rows of programs before the list was kept are found by the migration, and what they write beside it is noted", async () => {
  const { sql, url } = service.database;
  await enrolTotp(service.client, service.clock);
  await sql`drop table mfa_keys_in_use`;
  await sql`drop function mfa_note_sealing_keys, mfa_note_pepper_key cascade`;
  await sql`delete from mfa_schema_migrations where version = 6`;
  await promote("pepper");
  // As a program wrote that knew nothing of the list.
  await sql`update mfa_settings set backup_scheme = replace(backup_scheme, ':old', ':pepper')`;
  await migrate({ url });
  expect(await noted()).toEqual(["old", "pepper"]);
  await sql`update mfa_factors set email_encrypted = '\\x01036e6577ff'::bytea`;
  expect(await noted()).toEqual(["new", "old", "pepper"]);
});
