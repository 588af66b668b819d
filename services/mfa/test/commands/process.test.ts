import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { createClient } from "@connectrpc/connect";
import { createGrpcTransport } from "@connectrpc/connect-node";
import { MfaService } from "@countersign/protocol/countersign/mfa/v1/mfa_service_pb.js";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { beginTotp } from "../support/enrolment/enrolment.js";
import { createTestDatabase } from "../support/stores/database.js";
import { createTestRedis } from "../support/stores/redis.js";

/** The compiled program, as operators run it. */
const MAIN = fileURLToPath(new URL("../../dist/main.js", import.meta.url));

let folder: string;
const children: ChildProcess[] = [];
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "countersign-process-"));
});
afterAll(async () => {
  for (const child of children) child.kill("SIGKILL");
  await rm(folder, { recursive: true, force: true });
});

interface Run {
  readonly child: ChildProcess;
  readonly output: () => string;
  readonly exit: Promise<number | string | null>;
}

function start(args: readonly string[], env: Record<string, string>): Run {
  const child = spawn(process.execPath, [MAIN, ...args], {
    env: { PATH: process.env.PATH, PORT: "0", ADMIN_PORT: "0", ...env },
    cwd: folder,
  });
  children.push(child);
  let output = "";
  child.stdout.on("data", (chunk: Buffer) => (output += chunk.toString()));
  child.stderr.on("data", (chunk: Buffer) => (output += chunk.toString()));
  const exit = once(child, "exit").then(
    ([code, signal]) => (code as number | null) ?? (signal as string | null),
  );
  return { child, output: () => output, exit };
}

async function servedAt(run: Run): Promise<string> {
  await expect.poll(run.output, { interval: 50 }).toMatch(/http:\/\/127\.0\.0\.1:\d+/);
  return /http:\/\/127\.0\.0\.1:\d+/.exec(run.output())?.[0] ?? "";
}

/** Five lines that say what runs, where, on what, for whom, and what production would need. */
function expectBanner(output: string, dataDir: string): void {
  const lines = output.split("\n");
  const at = lines.findIndex((line) => line.startsWith("Countersign "));
  expect(lines.slice(at, at + 5)).toEqual([
    "Countersign unknown, development",
    expect.stringMatching(
      /^ {2}Addresses {3}gRPC, gRPC-Web and Connect on http:\/\/127\.0\.0\.1:\d+, health and metrics on http:\S+:\d+$/,
    ),
    expect.stringMatching(
      /^ {2}Data {8}embedded, in \S+; codes by SMS and e-mail are kept for http:\S+\/outbox$/,
    ),
    "  Callers     any process on this machine, without a credential",
    expect.stringMatching(/^ {2}Production {2}needs DATABASE_URL, REDIS_URL, KEY_RING_DIR, CALLERS_FILE; /),
  ]);
  expect(output).toContain(dataDir);
}

const clientAt = (baseUrl: string) => createClient(MfaService, createGrpcTransport({ baseUrl }));

describe("the embedded default", () => {
  test("the embedded default says where it serves, keeps users over a restart, and ends with 0 on SIGTERM", async () => {
    const env = { DATA_DIR: join(folder, "kept") };
    const first = start([], env);
    const { userId, authenticator } = await beginTotp(clientAt(await servedAt(first)));
    expect(first.output()).toContain("embedded");
    first.child.kill("SIGTERM");
    expect(await first.exit).toBe(0);

    const second = start(["serve"], { ...env, LOG_FORMAT: "pretty" });
    const client = clientAt(await servedAt(second));
    const { outcome } = await client.verifySetup({ userId, code: authenticator.code(Date.now()) });
    expect(outcome.case).toBe("enabled");
    second.child.kill("SIGINT");
    expect(await second.exit).toBe(0);
    expectBanner(second.output(), env.DATA_DIR);
    const call =
      / INFO {2}VerifySetup succeeded totp, by development from 127\.0\.0\.1 in [\d.]+ ms user_ref=/g;
    expect(second.output().match(call)).toHaveLength(1);
    expect(second.output()).toMatch(/ INFO {2}draining because=SIGINT\n$/);
  });

  test("the embedded default is not opened by two processes, and survives one that was killed", async () => {
    const env = { DATA_DIR: join(folder, "locked") };
    const first = start([], env);
    await servedAt(first);
    const second = start([], env);
    expect(await second.exit).toBe(1);
    expect(second.output()).toMatch(/in use by process \d+/);
    first.child.kill("SIGKILL");
    await first.exit;
    await servedAt(start([], env));
  });
});

describe("refusals name every problem and exit with 2", () => {
  test("production without stores and keys", async () => {
    const run = start(["serve"], { ENVIRONMENT: "production" });
    expect(await run.exit).toBe(2);
    for (const name of ["DATABASE_URL", "ENCRYPTION_KEY"]) expect(run.output()).toContain(name);
  });

  test("an unknown command", async () => {
    const run = start(["sevre"], {});
    expect(await run.exit).toBe(2);
    expect(run.output()).toContain("there is no command");
  });
});

test("migrate brings an empty database up to date once, however many run, and --check tells", async () => {
  await using database = await createTestDatabase();
  await database.sql.unsafe("drop schema public cascade; create schema public");
  const env = { DATABASE_URL: database.url, REDIS_URL: createTestRedis().url };
  const before = start(["migrate", "--check"], env);
  expect(await before.exit).toBe(3);
  const runs = Array.from({ length: 4 }, () => start(["migrate"], env));
  expect(await Promise.all(runs.map(({ exit }) => exit))).toEqual([0, 0, 0, 0]);
  expect(await start(["migrate", "--check"], env).exit).toBe(0);
  const versions = await database.sql`select version from mfa_schema_migrations order by version`;
  expect(versions.map(({ version }) => version as number)).toEqual(versions.map((_, index) => index + 1));
});
