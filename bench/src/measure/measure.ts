import type { Backing } from "../backing.js";
import type { LoadResult, LoadRun } from "../load/load-run.js";
import { type Child, startChild } from "../process/child.js";
import { OTHER_CORE } from "../process/cores.js";
import type { Measurement, Scenario } from "../scenarios/scenario.js";

/** Drives scenarios by load clients in processes of their own. */
export interface Meter extends AsyncDisposable {
  measure(scenario: Scenario, inFlight: number, times: Times): Promise<Measurement>;
}

type LoadClient = Child<LoadRun, LoadResult>;

/** How long one measurement takes. */
export interface Times {
  readonly warmUpMs: number;
  readonly durationMs: number;
}

/** Enough that one slow answer does not hold up the pace. */
const BACKGROUND_IN_FLIGHT = 4;

export async function openMeter(backing: Backing): Promise<Meter> {
  const client: LoadClient = await startChild("load/load-client.js", { core: OTHER_CORE });
  const beside: LoadClient = await startChild("load/load-client.js", { core: OTHER_CORE });
  async function run(scenario: Scenario, inFlight: number, times: Times): Promise<LoadResult> {
    const processes = {
      server: scenario.servers.map(({ pid }) => pid),
      postgres: backing.postgresPid,
      redis: backing.redisPid,
    };
    const base = { ...times, ports: scenario.servers.map(({ port }) => port), processes };
    const main = async () => client.ask({ ...base, inFlight, requests: await scenario.prepare() });
    if (scenario.background === undefined) return main();
    const { ratePerSecond, prepare } = scenario.background;
    const requests = await prepare();
    const aside = beside.ask({ ...base, inFlight: BACKGROUND_IN_FLIGHT, ratePerSecond, requests });
    const result = await main();
    await aside;
    return result;
  }
  return {
    measure: async (scenario, inFlight, times) => ({
      name: scenario.name,
      inFlight,
      result: await run(scenario, inFlight, times),
    }),
    async [Symbol.asyncDispose]() {
      await client[Symbol.asyncDispose]();
      await beside[Symbol.asyncDispose]();
    },
  };
}
