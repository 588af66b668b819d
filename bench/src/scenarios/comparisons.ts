import type { Backing } from "../backing.js";
import type { BenchClock } from "../measure/bench-clock.js";
import type { BenchDatabase } from "../seed/bench-database.js";
import { createEmptyDatabase } from "../seed/bench-database.js";
import { type StartedServer, serviceEnvironment, startServerProcess } from "../servers/started-server.js";
import { BETTER_AUTH, PLAIN } from "./names.js";
import type { Scenario } from "./scenario.js";
import { totpCodes } from "./service.js";

type Own = (server: StartedServer) => StartedServer;

/** The same login over the same tables, and over the service with prepared statements. */
export async function variantScenarios(
  own: Own,
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
  const prepared = own(
    await startServerProcess("servers/countersign.js", { ...env, DB_PREPARED_STATEMENTS: "true" }),
  );
  const plain = own(await startServerProcess("../plain/server.js", env));
  const scenario = (name: string, server: StartedServer): Scenario => ({
    name,
    servers: [server],
    inFlight: most,
    prepare: totpCodes(database, clock, [server]),
  });
  return [scenario("VerifyCode, TOTP, prepared statements", prepared), scenario(PLAIN, plain)];
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
