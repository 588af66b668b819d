import { expect, test } from "vitest";
import { migrate } from "../../src/storage/postgres/schema/migrate.js";
import { knownMigrations } from "../../src/storage/postgres/schema/schema-state.js";
import { recordingLog } from "../net/support/recording-log.js";
import { sharedSecret, token } from "../support/caller/caller-tokens.js";
import { bearing } from "../support/caller/listed-callers.js";
import { reasonOf } from "../support/client/errors.js";
import { MAIN } from "../support/command.js";
import { beginTotp, enrolTotp } from "../support/enrolment/enrolment.js";
import { createScratchFolder } from "../support/scratch-folder.js";
import { startTestService } from "../support/service.js";
import { createEmptyDatabase, createTestDatabase } from "../support/stores/database.js";
import { until } from "../support/until.js";
import { newerProgram, olderProgram } from "./support/program.js";
import { runProgram } from "./support/running-program.js";
import { isReady } from "./support/start-ready.js";

/** Takes away what this program still uses. */
const CONTRACT = (version: number) => `-- Works with programs from version ${version} on.
ALTER TABLE "mfa_settings" DROP COLUMN "last_used_at";
`;
/** Staging and production do not start without one. */
const CALLER = { id: "login", jwt_subjects: ["login"], permissions: ["enrol"] };

test("a server that finds an older schema serves once it has been migrated", async () => {
  await using database = await createEmptyDatabase();
  await using older = await olderProgram();
  await using folder = await createScratchFolder();
  const callers = await folder.put("callers.json", JSON.stringify({ callers: [CALLER] }));
  const { key, bearer } = sharedSecret();
  const log = recordingLog();
  expect(await runProgram(older.main, ["migrate"], { DATABASE_URL: database.url })).toMatchObject({
    exitCode: 0,
  });
  await using service = await startTestService({
    databaseUrl: () => Promise.resolve(database.url),
    config: { environment: "staging", callers: { file: callers, bearer } },
    overrides: { log },
  });
  expect(await isReady(service)).toBe(false);
  expect(JSON.stringify(log.lines.map(({ fields }) => String(fields.err)))).toContain(
    `the schema is at version ${older.version} and must be at ${older.version + 1}: run countersign migrate`,
  );
  await migrate(database);
  await until(() => isReady(service));
  const { backupCodes } = await beginTotp(bearing(service, await token(key, service.clock)));
  expect(backupCodes).toHaveLength(10);
});

test("a schema that is for later programs lets nobody in by this one", async () => {
  await using database = await createTestDatabase();
  const on = { databaseUrl: () => Promise.resolve(database.url) };
  await using before = await startTestService(on);
  const { encryptionKey } = before.config;
  const { userId, authenticator } = await enrolTotp(before.client, before.clock);
  const login = { userId, code: authenticator.code(before.clock.ms) };

  const version = knownMigrations().length + 1;
  await using later = await newerProgram(CONTRACT(version));
  const env = { DATABASE_URL: database.url };
  expect(await runProgram(later.main, ["migrate"], env)).toMatchObject({ exitCode: 0 });
  const check = await runProgram(MAIN, ["migrate", "--check"], env);
  expect(check).toMatchObject({ exitCode: 3 });
  expect(check.printed).toContain(`for programs from version ${version} on`);
  await using service = await startTestService({ ...on, config: { encryptionKey } });
  expect(await isReady(service)).toBe(false);
  await expect(service.client.verifyCode(login)).rejects.toSatisfy(reasonOf("STORE_UNAVAILABLE"));
});
