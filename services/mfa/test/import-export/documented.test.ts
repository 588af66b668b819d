import { execFile } from "node:child_process";
import { chmod, readFile, writeFile } from "node:fs/promises";
import { delimiter } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test } from "vitest";
import { USER_COLUMNS } from "../../src/commands/import-export/user-columns.js";
import { authenticatorFor } from "../support/enrolment/authenticator.js";
import { createScratchFolder, type ScratchFolder } from "../support/scratch-folder.js";
import { startTestService, type TestService } from "../support/service.js";
import { createTestDatabase, type TestDatabase } from "../support/stores/database.js";

const run = promisify(execFile);
const fromHere = (path: string) => fileURLToPath(new URL(path, import.meta.url));
const MAIN = fromHere("../../dist/main.js");
const AGE = pathToFileURL(fromHere("../../node_modules/age-encryption/dist/index.js")).href;
const DISTRIBUTED = "/nodejs/bin/node --max-old-space-size=64 /app/main.mjs";

let page: string;
let service: TestService;
let elsewhere: TestDatabase;
let folder: ScratchFolder;
beforeAll(async () => {
  page = await readFile(fromHere("../../../../docs/import-export.md"), "utf8");
  [service, elsewhere, folder] = await Promise.all([
    startTestService({ overrides: { now: () => new Date() } }),
    createTestDatabase(),
    createScratchFolder(),
  ]);
  await addTools();
});
afterAll(async () => {
  await Promise.all([service, elsewhere, folder].map((each) => each[Symbol.asyncDispose]()));
});

/** What operators have, and stand-ins for what a fresh machine lacks: only for what the page asks of them. */
async function addTools(): Promise<void> {
  const node = JSON.stringify(process.execPath);
  const tools = {
    countersign: `exec ${node} ${JSON.stringify(MAIN)} "$@"`,
    kubectl: `while [ "$1" != -- ]; do shift; done; [ "$2 $3 $4" = "${DISTRIBUTED}" ] && shift 4 && exec countersign "$@"`,
    "age-keygen": `exec ${node} --input-type=module -e '
      import { readFileSync, writeFileSync } from "node:fs";
      import { generateX25519Identity, identityToRecipient } from "${AGE}";
      const [option, path] = process.argv.slice(1);
      if (option === "-o") writeFileSync(path, "# created\\n" + (await generateX25519Identity()) + "\\n", { flag: "wx", mode: 0o600 });
      else console.log(await identityToRecipient(readFileSync(path, "utf8").split("\\n")[1]));' -- "$@"`,
  };
  for (const [name, script] of Object.entries(tools)) {
    await writeFile(folder.at(name), `#!/bin/sh\n${script}\n`);
    await chmod(folder.at(name), 0o755);
  }
}

/** The blocks of one language between this mark and the next one. */
function blocksAfter(mark: string, language: string): string[] {
  const section = page.slice(page.indexOf(`<!-- ${mark}:`) + 4).split("<!-- ")[0] ?? "";
  return Array.from(section.matchAll(new RegExp(`\`\`\`${language}\\n(.*?)\`\`\``, "gs")), ([, block = ""]) =>
    block.replaceAll("http://127.0.0.1:50051", service.url),
  );
}

/** What a block prints, and what the page says that it does. */
async function outputOf(block: string, env: Readonly<Record<string, string>> = {}) {
  const { stdout, stderr } = await run("bash", ["-c", block], {
    cwd: folder.at("."),
    env: {
      PATH: `${folder.at(".")}${delimiter}${process.env.PATH ?? ""}`,
      DATABASE_URL: service.database.url,
      ENCRYPTION_KEY: service.config.encryptionKey!,
      ...env,
    },
  }).catch((error: unknown) => error as { stdout: string; stderr: string });
  const told = Array.from(block.matchAll(/^# → (.*)$/gm), ([, line = ""]) => line);
  return { printed: lines(stdout), noted: lines(stderr), told };
}

const lines = (text: string) => text.trimEnd().split("\n");
/** Figures that differ from run to run. */
const steady = (line: string) => line.replace(/"linesPerSecond":[\d.]+/, '"linesPerSecond":...');

test("the table has every column and no other", () => {
  const table = page.slice(page.indexOf("| column |"), page.indexOf("<!-- import"));
  const columns = Array.from(table.matchAll(/^\| `(\w+)` \|/gm), ([, name]) => name);
  expect(columns).toEqual([...USER_COLUMNS]);
});

test("the files of the page are imported as it says, and their users log in", async () => {
  const [csv = "", jsonl = ""] = [blocksAfter("import", "csv")[0], blocksAfter("import", "jsonl")[0]];
  await folder.put("users.csv", csv);
  await folder.put("users.jsonl", jsonl);
  const [block = ""] = blocksAfter("import", "sh");
  const { printed, told } = await outputOf(block);
  expect(printed.map(steady)).toEqual(told);
  for (const userId of ["alice", "erin", "bob", "carol"])
    expect(await service.client.getMfaStatus({ userId })).toMatchObject({ enabled: true });
  const uri = /otpauth:[^"]+/.exec(jsonl)?.[0] ?? "";
  const code = authenticatorFor(uri).code(Date.now());
  expect((await service.client.verifyCode({ userId: "bob", code })).outcome.case).toBe("approved");
});

test("the users of the page leave as it says, and arrive in a fresh database under other keys", async () => {
  const [leaving = "", arriving = ""] = blocksAfter("export", "sh");
  const left = await outputOf(leaving);
  expect(left.noted.slice(-1)).toEqual(left.told);
  const arrived = await outputOf(arriving, {
    DATABASE_URL: elsewhere.url,
    ENCRYPTION_KEY: Buffer.from(crypto.getRandomValues(new Uint8Array(32))).toString("base64"),
  });
  expect(arrived.printed).toEqual(arrived.told);
});

test("the commands for a pod work as printed, both ways", async () => {
  const [coming = "", going = ""] = blocksAfter("kubernetes", "sh");
  expect((await outputOf(coming)).printed.at(-1)).toBe(
    "0 users imported, 2 were there as given, 1 lines refused",
  );
  expect((await outputOf(going)).noted.at(-1)).toBe("4 users written, 0 left out");
  expect((await readFile(folder.at("users.jsonl.age"))).subarray(0, 21).toString()).toBe(
    "age-encryption.org/v1",
  );
});

test("the request for one user works as printed", async () => {
  const [block = ""] = blocksAfter("one-user", "sh");
  const { printed } = await outputOf(block);
  expect(Object.keys(JSON.parse(printed[0] ?? "") as object).sort()).toEqual(["expireTime", "importTime"]);
});
