import { join } from "node:path";
import { performance } from "node:perf_hooks";
import { beforeAll, expect, test } from "vitest";
import { finish, ROOT } from "./command.js";
import type { ConfigurationName } from "./provided.js";
import { commandsOf } from "./readme.js";
import { settingsUnder } from "./settings.js";
import { type Tool, whyNot } from "./toolchain.js";

/** A build that starts with nothing fetches its packages. */
const BUILD_LIMIT_MS = 900_000;
const RUN_LIMIT_MS = 120_000;
/** To tell what was printed until then. */
const GRACE_MS = 10_000;

/** A client program, built and run as clients/README.md says. */
export interface Program {
  /** Its heading there. */
  readonly name: string;
  /** Below `clients/`. */
  readonly folder: string;
  /** Its users' phone, so that two concurrent programs do not read each other's messages. */
  readonly phoneNumber: string;
  readonly needs: readonly Tool[];
  /** The command of its shortest login, beside its story. */
  readonly firstLogin?: string;
  /** The steps it tells under each configuration. */
  readonly stories: Partial<Record<ConfigurationName, readonly string[]>>;
}

/** Builds the program where its toolchain is present, and has it tell its story under each configuration. */
export async function tellStories(program: Program): Promise<void> {
  const reason = await whyNot(program.needs);
  const { build, run } = commandsOf(program.name);
  if (reason === undefined) beforeAll(() => runAll(build, program), BUILD_LIMIT_MS + GRACE_MS);
  else console.log(`clients: ${program.name}: skipped: ${reason}`);
  if (program.firstLogin !== undefined) testFirstLogin(program, program.firstLogin, reason);
  const stories = Object.entries(program.stories) as [ConfigurationName, readonly string[]][];
  test.skipIf(reason !== undefined).each(stories)(
    `${program.name} tells its story: %s`,
    async (configuration, steps) => {
      const settings = settingsUnder(configuration, program.phoneNumber);
      const { code, stdout, stderr } = await finish(run, {
        cwd: cwdOf(program),
        settings,
        limitMs: RUN_LIMIT_MS,
      });
      expect(stdout, stderr).toBe(steps.map((step) => `ok ${step}\n`).join(""));
      expect(code, stderr).toBe(0);
    },
    RUN_LIMIT_MS + GRACE_MS,
  );
}

/** What a user sees who enters a right code, the same again, a slip, three wrong ones and a backup code; and one who has no factor. */
const SHOWN = [
  "Welcome. 10 backup codes are left.",
  "That code was not accepted.",
  "That code was not accepted.",
  "That code was not accepted.",
  "That code was not accepted.",
  "That code was not accepted. Please wait.",
  "Welcome. 9 backup codes are left.",
  "Please log in again.",
];

function testFirstLogin(program: Program, command: string, reason: string | undefined): void {
  const title = `${program.name}: its shortest login meets every answer`;
  test.skipIf(reason !== undefined)(title, { timeout: RUN_LIMIT_MS + GRACE_MS }, async () => {
    const settings = settingsUnder("plaintext", program.phoneNumber);
    const { code, stdout, stderr } = await finish(command, {
      cwd: cwdOf(program),
      settings,
      limitMs: RUN_LIMIT_MS,
    });
    expect(stdout.split("\n").slice(0, -1), stderr).toEqual(SHOWN);
    for (const logged of [
      "CODE_REPLAYED",
      "INVALID_FIELD",
      "INVALID_CODE",
      "MFA_NOT_ENABLED",
      "#mfa_not_enabled",
    ])
      expect(stderr).toContain(logged);
    expect(code, stderr).toBe(0);
  });
}

async function runAll(commands: readonly string[], program: Program): Promise<void> {
  const start = performance.now();
  for (const command of commands) {
    const { code, stdout, stderr } = await finish(command, { cwd: cwdOf(program), limitMs: BUILD_LIMIT_MS });
    if (code !== 0) throw new Error(`clients/${program.folder}: ${command} failed:\n${stdout}${stderr}`);
  }
  console.log(`clients: ${program.name}: built in ${((performance.now() - start) / 1_000).toFixed(1)} s`);
}

function cwdOf({ folder }: Program): string {
  return join(ROOT, "clients", folder);
}
