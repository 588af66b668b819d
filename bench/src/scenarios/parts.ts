import type { Backing } from "../backing.js";
import type { BenchClock } from "../measure/bench-clock.js";
import { type Child, startChild } from "../process/child.js";
import { SERVER_CORE } from "../process/cores.js";
import type { BenchDatabase } from "../seed/bench-database.js";
import { PARTS, type PartResult, type PartRun } from "../servers/part-names.js";
import { serviceEnvironment } from "../servers/started-server.js";
import type { Measurement } from "./scenario.js";

/** Measures the parts of a login, each alone. */
export interface PartsMeter extends AsyncDisposable {
  measureAll(inFlight: number, durationMs: number): Promise<Measurement[]>;
}

export async function openParts(
  backing: Backing,
  database: BenchDatabase,
  clock: BenchClock,
): Promise<PartsMeter> {
  const env = { ...serviceEnvironment(backing, database.url), ACTIVE_USERS: JSON.stringify(database.active) };
  const child: Child<PartRun, PartResult> = await startChild("servers/parts.js", { core: SERVER_CORE, env });
  return {
    async measureAll(inFlight, durationMs) {
      const measurements: Measurement[] = [];
      for (const part of PARTS) {
        const step = await clock.next();
        const { calls, seconds, cpuMs } = await child.ask({ part, inFlight, step, durationMs });
        const cpu = { server: cpuMs, postgres: 0, redis: 0, client: 0 };
        const result = { calls, seconds, cpuMs: cpu, failed: 0, p50Ms: 0, p99Ms: 0, residentMb: 0 };
        measurements.push({ name: `part: ${part}`, inFlight, result });
      }
      return measurements;
    },
    [Symbol.asyncDispose]: () => child[Symbol.asyncDispose](),
  };
}
