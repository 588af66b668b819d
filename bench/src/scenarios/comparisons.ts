import type { Backing } from "../backing.js";
import type { BenchClock } from "../measure/bench-clock.js";
import { OTHER_CORE, SECOND_SERVER_CORE } from "../process/cores.js";
import type { BenchDatabase } from "../seed/bench-database.js";
import { createEmptyDatabase } from "../seed/bench-database.js";
import {
  type StartedServer,
  serviceEnvironment,
  startServerProcess,
  startService,
} from "../servers/started-server.js";
import { BETTER_AUTH, PLAIN, TOTP_TWO_PROCESSES } from "./names.js";
import type { Scenario } from "./scenario.js";
import { totpCodes } from "./service.js";

type Own = (server: StartedServer) => StartedServer;

const ONE_IN_TEN = { OTEL_TRACES_SAMPLER: "traceidratio", OTEL_TRACES_SAMPLER_ARG: "0.1" };

/** The same login by two processes of the service, with unnamed statements, with traces, and in the plain form. */
export async function variantScenarios(
  own: Own,
  service: StartedServer,
  world: {
    readonly backing: Backing;
    readonly database: BenchDatabase;
    readonly clock: BenchClock;
    readonly inFlight: readonly number[];
  },
): Promise<Scenario[]> {
  const { backing, database, clock } = world;
  const env = serviceEnvironment(backing, database.url);
  const most = [Math.max(...world.inFlight)];
  const second = own(await startService(env, { core: SECOND_SERVER_CORE }));
  const unnamed = own(await startService({ ...env, DB_PREPARED_STATEMENTS: "false" }));
  const sink = own(await startServerProcess("servers/trace-sink.js", {}, { core: OTHER_CORE }));
  const tracing = { ...env, OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${sink.port}` };
  const traced = own(await startService(tracing));
  const sampled = own(await startService({ ...tracing, ...ONE_IN_TEN }));
  const plain = own(await startServerProcess("../plain/server.js", env));
  const scenario = (name: string, ...servers: StartedServer[]): Scenario => ({
    name,
    servers,
    // Each process has as many in flight as one alone.
    inFlight: most.map((count) => count * servers.length),
    prepare: totpCodes(database, clock),
  });
  return [
    scenario(TOTP_TWO_PROCESSES, service, second),
    scenario("VerifyCode, TOTP, unnamed statements", unnamed),
    scenario("VerifyCode, TOTP, all traced", traced),
    scenario("VerifyCode, TOTP, one in ten traced", sampled),
    scenario(PLAIN, plain),
  ];
}

/** Better Auth on the same Postgres, in a database of its own. */
export async function peerScenario(
  own: Own,
  backing: Backing,
  inFlight: readonly number[],
): Promise<Scenario> {
  const url = await createEmptyDatabase(backing, "bench_better_auth");
  const server = own(await startServerProcess("servers/better-auth.js", { DATABASE_URL: url }));
  return {
    name: BETTER_AUTH,
    servers: [server],
    inFlight: [Math.max(...inFlight)],
    prepare: async () => ({ kind: "http1", requests: await server.requests() }),
  };
}
