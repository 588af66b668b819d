import { join } from "node:path";
import { performance } from "node:perf_hooks";
import { beforeAll, expect, test } from "vitest";
import { finish, ROOT } from "./command.js";
import type { ConfigurationName } from "./provided.js";
import { settingsUnder } from "./settings.js";
import { type Tool, whyNot } from "./toolchain.js";

/** A build that starts with nothing fetches its packages. */
const BUILD_LIMIT_MS = 570_000;
const RUN_LIMIT_MS = 120_000;

/** A client program, built and run as its README says. */
export interface Program {
  readonly name: string;
  /** Below `clients/`. */
  readonly folder: string;
  /** Its users' phone, so that two programs at once do not read each other's messages. */
  readonly phoneNumber: string;
  readonly needs: readonly Tool[];
  readonly build: readonly (readonly string[])[];
  readonly run: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** The steps it tells under each configuration. */
  readonly stories: Partial<Record<ConfigurationName, readonly string[]>>;
}

/** Builds the program where its toolchain is present, and has it tell its story under each configuration. */
export async function tellStories(program: Program): Promise<void> {
  const reason = await whyNot(program.needs);
  if (reason === undefined) beforeAll(() => build(program), BUILD_LIMIT_MS);
  else console.log(`clients: ${program.name}: skipped: ${reason}`);
  const stories = Object.entries(program.stories) as [ConfigurationName, readonly string[]][];
  test.skipIf(reason !== undefined).each(stories)(
    `${program.name} tells its story: %s`,
    async (configuration, steps) => {
      const settings = { ...program.env, ...settingsUnder(configuration, program.phoneNumber) };
      const { code, stdout, stderr } = await finish(program.run, { cwd: cwdOf(program), settings });
      expect(stdout, stderr).toBe(steps.map((step) => `ok ${step}\n`).join(""));
      expect(code, stderr).toBe(0);
    },
    RUN_LIMIT_MS,
  );
}

async function build(program: Program): Promise<void> {
  const start = performance.now();
  for (const command of program.build) {
    const { code, stdout, stderr } = await finish(command, { cwd: cwdOf(program) });
    if (code !== 0)
      throw new Error(`clients/${program.folder}: ${command.join(" ")} failed:\n${stdout}${stderr}`);
  }
  console.log(`clients: ${program.name}: built in ${((performance.now() - start) / 1_000).toFixed(1)} s`);
}

function cwdOf({ folder }: Program): string {
  return join(ROOT, "clients", folder);
}
