import { randomBytes } from "node:crypto";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { keyRingFromMasterKey, listKeys } from "@countersign/field-crypto";
import { afterEach, beforeEach, expect, test } from "vitest";
import { keysCommand } from "../support/keys-command.js";
import { TestClock } from "../support/test-clock.js";

let folder: string;
let clock: TestClock;
const keys = (...args: readonly string[]) => keysCommand({ keyRingDir: folder }, args, clock.now);
const states = async () =>
  Object.fromEntries((await listKeys(folder)).map(({ id, state }) => [id, state] as const));

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "countersign-keys-"));
  clock = new TestClock();
});
afterEach(() => rm(folder, { recursive: true, force: true }));

test("the first key is active, the next ones only open; no command prints a secret", async () => {
  await keys("generate", "--id", "first");
  const second = await keys("generate", "--id", "second", "--json");
  expect(JSON.parse(second.printed)).toMatchObject({ key: { id: "second", state: "decrypt-only" } });
  const listed = await keys("list");
  expect(listed.printed.split("\n")).toHaveLength(2);
  expect(await states()).toEqual({ first: "active", second: "decrypt-only" });

  const secrets = await Promise.all(
    ["first", "second"].map(async (id) => {
      const file = JSON.parse(await readFile(join(folder, id), "utf8")) as { secret: string };
      return file.secret;
    }),
  );
  const everything = JSON.stringify([second, listed, await keys("list", "--json")]);
  for (const secret of secrets) expect(everything).not.toContain(secret);
});

test("rotate adds, waits until replicas can know the key, then activates, then adds the next", async () => {
  await keys("generate", "--id", "first");
  clock.advance(3_600);
  const added = await keys("rotate", "--id", "second");
  expect(added.noted).toContain("countersign keys rotate");
  expect(await states()).toEqual({ first: "active", second: "decrypt-only" });

  clock.advance(30);
  const early = await keys("rotate");
  expect(early.exitCode).toBe(1);
  expect(early.noted).toContain("try again in 90 s");
  expect((await keys("promote", "second")).exitCode).toBe(1);
  expect(await states()).toEqual({ first: "active", second: "decrypt-only" });

  clock.advance(90);
  const activated = await keys("rotate");
  expect(activated.noted).toContain("countersign keys rewrap");
  expect(await states()).toEqual({ first: "decrypt-only", second: "active" });

  expect((await keys("rotate", "--id", "third")).printed).toContain("third added");
  expect(await states()).toMatchObject({ second: "active", third: "decrypt-only" });
});

test("nothing is retired while a replica may not know of the promotion, and only a retired key is removed", async () => {
  await keys("generate", "--id", "first");
  await keys("generate", "--id", "second");
  await keys("promote", "second", "--settle-seconds", "0");
  const offline = ["--without-database", "--settle-seconds"];
  clock = new TestClock(new Date().toISOString());
  expect((await keys("retire", "first", ...offline, "900")).noted).toContain("try again in");
  expect((await keys("remove", "first", "--without-database")).noted).toContain("retire it first");
  expect((await keys("retire", "second", ...offline, "0")).noted).toContain("promote another first");
  expect((await keys("retire", "first", ...offline, "0")).exitCode).toBe(0);
  expect((await keys("remove", "first", "--without-database")).exitCode).toBe(0);
  expect(await states()).toEqual({ second: "active" });
});

test("the key of ENCRYPTION_KEY moves into a folder under the id that its envelopes name", async () => {
  const base64 = randomBytes(32).toString("base64");
  const file = join(folder, ".given");
  await writeFile(file, `${base64}\n`);
  expect((await keys("import", file)).exitCode).toBe(0);
  const [imported] = await listKeys(folder);
  expect(imported).toMatchObject({ id: keyRingFromMasterKey(base64).keys[0]?.id, state: "active" });
});

test.each([
  [["polish"], "there is no command keys polish"],
  [["promote"], "exactly one ID is needed"],
  [["list", "surplus"], "too many arguments"],
  [["list", "--batch-size", "3"], "--batch-size"],
])("%j is not understood, and one line says why and where help is", async (args, problem) => {
  const { exitCode, noted } = await keys(...args);
  expect(exitCode).toBe(2);
  expect(noted).toContain(problem);
  expect(noted.split("\n")).toHaveLength(1);
  expect(noted).toMatch(/[Ss]ee countersign keys( \w+)? --help$/);
});

test("without a folder or a database a command says what is missing", async () => {
  expect((await keysCommand({}, ["list"])).noted).toContain("set KEY_RING_DIR or give --dir");
  await keys("generate");
  expect((await keys("rewrap")).noted).toContain("set DATABASE_URL");
});
