import { randomBytes } from "node:crypto";
import { Readable } from "node:stream";
import { type Application, type CommandContext, generateHelpTextForAllCommands } from "@stricli/core";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { ProgramConfigs } from "../../src/commands/command-line/program-configs.js";
import { application, resolve, runProgram } from "../../src/commands/command-line/run-program.js";
import { COMMANDS } from "../../src/commands/commands.js";
import { jsonLines, keyUri } from "../import-export/support/users.js";
import { enrolTotp } from "../support/enrolment/enrolment.js";
import { createKeyFolder, type KeyFolder } from "../support/key-folder.js";
import { createTestProgram } from "../support/program-context.js";
import { createScratchFolder, type ScratchFolder } from "../support/scratch-folder.js";
import { startTestService, type TestService } from "../support/service.js";

let service: TestService;
let keys: KeyFolder;
let folder: ScratchFolder;
beforeAll(async () => {
  [keys, folder] = await Promise.all([createKeyFolder("first"), createScratchFolder()]);
  service = await startTestService({ config: { keyRingDir: keys.path } });
  await enrolTotp(service.client, service.clock, "alice");
  await folder.put("master.key", randomBytes(32).toString("base64"));
});
afterAll(async () => {
  for (const owner of [service, folder, keys]) await owner[Symbol.asyncDispose]();
});

/** The configuration of the running service, as each kind of command reads it. */
function configsOf({ config }: TestService): ProgramConfigs {
  const database = config.stores!.database;
  const security = config.security.initial.config;
  return {
    service: () => Promise.resolve(config),
    migrate: () => Promise.resolve({ database, variable: "DATABASE_URL", databaseTimeLimitMs: 20_000 }),
    keys: () => Promise.resolve({ keyRingDir: keys.path, encryptionKey: undefined, database }),
    audit: () =>
      Promise.resolve({ ...config, database, security, ownerDatabase: database, retentionDays: 365 }),
    importExport: () => Promise.resolve({ ...config, database, security }),
  };
}

/** What a command writes for programs: each line is JSON. */
async function json(line: string, input = ""): Promise<readonly object[]> {
  const stdin = Readable.from([Buffer.from(input)]);
  const { context, printed, noted } = createTestProgram(configsOf(service), { stdin });
  const exitCode = await runProgram(COMMANDS, [...line.split(" "), "--json"], context);
  expect({ line, exitCode, noted: exitCode === 0 ? "" : noted() }).toEqual({ line, exitCode: 0, noted: "" });
  return printed()
    .split("\n")
    .map((each) => JSON.parse(each) as object);
}

const aNumber = expect.any(Number) as number;
const aText = expect.any(String) as string;

/** In this order: those for keys go on from each other, and the last ones change the user. `last`: the last line alone. */
const OUTPUTS: readonly {
  readonly line: string;
  readonly input?: string;
  readonly lines: readonly object[];
  readonly last?: true;
}[] = [
  { line: "migrate", lines: [{ applied: aNumber, known: aNumber }] },
  { line: "migrate --check", lines: [{ applied: aNumber, known: aNumber, worksWith: aNumber }] },
  {
    line: "doctor --only keys",
    lines: [
      { event: "finding", level: "ok", about: "keys", text: "first is active, 0 other(s)" },
      { event: "finding", level: "ok", about: "keys", text: "every key that the database needs is present" },
      { event: "end", ok: 2, warning: 0, failed: 0, fatal: 0 },
    ],
  },
  {
    line: "config check",
    lines: [
      { event: "finding", level: "ok", about: "configuration", text: "sound, for test" },
      { event: "finding", level: "ok", about: "keys", text: "first is active, 0 other(s)" },
      { event: "end", ok: 2, warning: 0, failed: 0, fatal: 0 },
    ],
  },
  {
    line: "config print --all",
    lines: [
      {
        settings: expect.arrayContaining([
          { name: "ADMIN_PORT", value: "9090", source: "default" },
        ]) as object[],
      },
    ],
  },
  { line: "keys list", lines: [{ keys: [{ id: "first", state: "active", createTime: aText }] }] },
  {
    line: "keys status",
    lines: [
      { keys: [{ id: "first", state: "active", sealedValues: 1, backupCodeSets: 1, auditRows: aNumber }] },
    ],
  },
  { line: "keys generate --id second", lines: [{ key: { id: "second", state: "decrypt-only" } }] },
  {
    line: "keys rotate --settle-seconds 0",
    lines: [{ step: "activated", key: "second", previous: "first" }],
  },
  {
    line: "keys promote first --settle-seconds 0",
    lines: [{ step: "activated", key: "first", previous: "second" }],
  },
  {
    line: "keys rewrap",
    last: true,
    lines: [{ event: "end", rewrapped: 0, refused: 0, remaining: 0, rowsPerSecond: aNumber }],
  },
  { line: "keys retire second --settle-seconds 0", lines: [{ retired: "second" }] },
  { line: "keys remove second", lines: [{ removed: "second" }] },
  { line: "keys import MASTER_KEY", lines: [{ key: { id: aText, state: "decrypt-only" } }] },
  { line: "keys abandon lost", lines: [{ abandoned: "lost", sealedValues: 0, backupCodeSets: 0 }] },
  { line: "audit seal", last: true, lines: [{ event: "end", seals: aNumber, rows: aNumber, busy: false }] },
  { line: "audit verify", lines: [{ whole: true, rowsChecked: aNumber, problems: [] }] },
  { line: "audit maintain", lines: [{ busy: false, dropped: [], heldBack: [], retentionDays: 365 }] },
  {
    line: "import - --format jsonl --reason ticket",
    input: jsonLines([{ user_id: "imported", otpauth_uri: keyUri() }]),
    last: true,
    lines: [{ event: "end", dryRun: false, lines: 1, imported: 1, there: 0, refused: 0 }],
  },
  { line: "user show alice", lines: [{ user: "alice", enabled: true, method: "TOTP" }] },
  {
    line: "user why alice",
    lines: [{ user: "alice", unknown: false, auditRead: true, status: { enabled: true } }],
  },
  { line: "user audit alice --limit 1", lines: [{ action: aText, caller: aText }] },
  { line: "watch --once", lines: [{ time: aText, minutes: 15, total: { rejected: aNumber } }] },
  {
    line: "user unlock alice --reason ticket --actor jdoe",
    lines: [{ event: "unlock", user: "alice", time: aText, actor: "jdoe", unknown: false }],
  },
  { line: "user reset alice --reason ticket", lines: [{ event: "reset", user: "alice", unknown: false }] },
  { line: "user erase alice --reason ticket", lines: [{ event: "erase", user: "alice", unknown: false }] },
];

test.each(OUTPUTS)("$line --json", async ({ line, input, lines, last }) => {
  const printed = await json(line.replace("MASTER_KEY", folder.at("master.key")), input);
  expect(last === true ? printed.slice(-1) : printed).toMatchObject(lines);
});

test("every command that has --json is among those run here", () => {
  // Help needs no context, and this function of the library takes none that is richer than its own.
  const documented = generateHelpTextForAllCommands(
    application(COMMANDS, resolve(COMMANDS, []), []) as unknown as Application<CommandContext>,
  );
  const having = documented
    .filter(([, text]) => text.includes("--json"))
    .map(([route]) => route.replace("countersign ", ""));
  const untested = having.filter((name) => !OUTPUTS.some(({ line }) => `${line} `.startsWith(`${name} `)));
  expect(untested).toEqual([]);
  expect(having.length).toBeGreaterThan(20);
});
