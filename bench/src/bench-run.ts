import { Closer } from "@countersign/mfa/testing/set-up";
import type { Backing } from "./backing.js";
import { BenchClock } from "./measure/bench-clock.js";
import { openMeter, type Times } from "./measure/measure.js";
import type { BenchOptions } from "./options.js";
import { peerScenario, variantScenarios } from "./scenarios/comparisons.js";
import { floorScenarios } from "./scenarios/floors.js";
import { openParts } from "./scenarios/parts.js";
import type { Measurement, Scenario } from "./scenarios/scenario.js";
import { serviceScenarios } from "./scenarios/service.js";
import type { BenchDatabase } from "./seed/bench-database.js";
import {
  type ProcessOptions,
  type StartedServer,
  serviceEnvironment,
  startService,
} from "./servers/started-server.js";

/** Between its turns a server is idle for a minute, and its memory may have been taken away meanwhile. */
const TIMES: Times = { warmUpMs: 1_500, durationMs: 1_500 };
const SHORT_TIMES: Times = { warmUpMs: 100, durationMs: 300 };
/** The first round is so many times as long: some servers are asked by one scenario only, and V8 compiles what has run often. */
const LONGER_FIRST = 6;

/** Measures every scenario once a round, so that what slows the machine for a while slows all alike. */
export async function runRounds(
  backing: Backing,
  database: BenchDatabase,
  options: BenchOptions,
): Promise<Measurement[][]> {
  await using owned = new Closer();
  const times = options.short ? SHORT_TIMES : TIMES;
  const clock = new BenchClock();
  const own = (server: StartedServer) => {
    clock.add(server);
    return owned.own(server);
  };
  const scenarios = await openScenarios(own, { backing, database, clock, options });
  const meter = owned.own(await openMeter(backing));
  const parts = owned.own(await openParts(backing, database, clock));
  const rounds: Measurement[][] = [];
  // The first round warms everything up, and is not reported.
  for (let number = 0; number <= options.rounds; number += 1) {
    process.stdout.write(number === 0 ? "warming up\n" : `round ${number} of ${options.rounds}\n`);
    const round: Measurement[] = [];
    const window = number === 0 ? { ...times, durationMs: times.durationMs * LONGER_FIRST } : times;
    for (const scenario of scenarios) {
      for (const inFlight of scenario.inFlight) round.push(await meter.measure(scenario, inFlight, window));
    }
    if (options.only === undefined) {
      round.push(...(await parts.measureAll(Math.max(...options.inFlight), times.durationMs / 2)));
    }
    if (number > 0) rounds.push(round);
  }
  return rounds;
}

async function openScenarios(
  own: (server: StartedServer) => StartedServer,
  world: {
    readonly backing: Backing;
    readonly database: BenchDatabase;
    readonly clock: BenchClock;
    readonly options: BenchOptions;
  },
): Promise<Scenario[]> {
  const { backing, database, options } = world;
  const { inFlight } = options;
  // Not on one core: the thread that takes the samples would get its turn mostly where the server gives its own away.
  const profiled: ProcessOptions = options.profile
    ? { core: "any", nodeOptions: ["--cpu-prof", `--cpu-prof-dir=${options.out}`] }
    : {};
  const env = serviceEnvironment(backing, database.url);
  const service = own(await startService(env, profiled));
  const all = [
    ...(await floorScenarios(own, inFlight)),
    ...serviceScenarios(service, { ...world, inFlight }),
    ...(await variantScenarios(own, service, { ...world, inFlight })),
    ...(options.betterAuth ? [await peerScenario(own, backing, inFlight)] : []),
  ];
  return all.filter(({ name }) => name.includes(options.only ?? ""));
}
