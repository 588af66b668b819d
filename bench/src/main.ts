import { fileURLToPath } from "node:url";
import { startBacking } from "./backing.js";
import { runRounds } from "./bench-run.js";
import { openPrograms } from "./measure/programs.js";
import { measureStartUps } from "./measure/start-up.js";
import { readOptions, USAGE } from "./options.js";
import { describeMachine } from "./report/machine.js";
import { renderProfile } from "./report/table.js";
import { writeReport } from "./report/write-report.js";
import { createBenchDatabase } from "./seed/bench-database.js";
import { serviceEnvironment } from "./servers/started-server.js";

/** Compiled code lies in bench/dist/bench/src. */
const OUT = fileURLToPath(new URL("../../../out", import.meta.url));

async function main(args: readonly string[]): Promise<void> {
  const options = readOptions(args, OUT);
  await using programs = await openPrograms();
  await using backing = await startBacking();
  process.stdout.write(`${describeMachine(backing.postgresVersion)}\n`);
  const measured = [];
  for (const total of options.users) {
    process.stdout.write(`enrolling ${total} users\n`);
    const database = await createBenchDatabase(backing, total);
    const env = serviceEnvironment(backing, database.url);
    const startUpMs = await measureStartUps(programs, env, options);
    const rounds = await runRounds(backing, database, options);
    measured.push({ users: total, startUpMs, rounds });
  }
  if (options.profile) process.stdout.write(`\n${renderProfile(options.out)}\n`);
  const failed = writeReport(measured, { options, machine: describeMachine(backing.postgresVersion) });
  if (failed > 0) throw new Error(`${failed} calls were not answered with success`);
}

if (process.argv.includes("--help")) process.stdout.write(USAGE);
else await main(process.argv.slice(2));
