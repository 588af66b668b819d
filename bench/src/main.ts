import { fileURLToPath } from "node:url";
import { startBacking } from "./backing.js";
import { runRounds } from "./bench-run.js";
import { spreadOf } from "./measure/spread.js";
import { measureStartUp } from "./measure/start-up.js";
import { readOptions, USAGE } from "./options.js";
import { describeMachine } from "./report/machine.js";
import { writeReport } from "./report/write-report.js";
import { createBenchDatabase } from "./seed/bench-database.js";
import { serviceEnvironment } from "./servers/started-server.js";

const STARTS = 5;
/** Compiled code lies in bench/dist/bench/src. */
const OUT = fileURLToPath(new URL("../../../out", import.meta.url));

async function main(args: readonly string[]): Promise<void> {
  const options = readOptions(args, OUT);
  await using backing = await startBacking();
  process.stdout.write(`${describeMachine(backing.postgresVersion)}\n`);
  const measured = [];
  for (const total of options.users) {
    process.stdout.write(`enrolling ${total} users\n`);
    const database = await createBenchDatabase(backing, total);
    const starts: number[] = [];
    for (let count = 0; count < (options.short ? 1 : STARTS); count += 1) {
      starts.push(await measureStartUp(serviceEnvironment(backing, database.url)));
    }
    const rounds = await runRounds(backing, database, options);
    measured.push({ users: total, startUpMs: spreadOf(starts), rounds });
  }
  const failed = writeReport(measured, { options, machine: describeMachine(backing.postgresVersion) });
  if (failed > 0) throw new Error(`${failed} calls were not answered with success`);
}

if (process.argv.includes("--help")) process.stdout.write(USAGE);
else await main(process.argv.slice(2));
