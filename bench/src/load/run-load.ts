import { setTimeout as sleep } from "node:timers/promises";
import { cpuMs, familyCpuMs, residentMb } from "../measure/cpu-time.js";
import { percentile } from "../measure/spread.js";
import { type Connection, openGrpc } from "./grpc-connection.js";
import { openHttp1 } from "./http1-connection.js";
import type { LoadResult, LoadRun, ProcessIds } from "./load-run.js";
import { type PreparedRequests, prepareRequests } from "./requests.js";

/** Callers keep few connections to a gRPC server and share them. */
const GRPC_CONNECTIONS = 4;

/** What is counted while the window is open. */
interface Tally {
  readonly latencies: number[];
  failed: number;
}

/** Makes calls at a server, `inFlight` of them at any moment, and measures after a warm-up. */
export async function runLoad(run: LoadRun): Promise<LoadResult> {
  const prepared = prepareRequests(run.requests);
  const connections = await openConnections(run, prepared);
  const tally: Tally = { latencies: [], failed: 0 };
  const state = { stopped: false };
  const takeRequest = createSupply(prepared);
  const lanes = Array.from({ length: run.inFlight }, (_, lane) => {
    const connection = connections[lane % connections.length];
    if (connection === undefined) throw new Error("no connection");
    const pace =
      run.ratePerSecond === undefined ? undefined : { every: (run.inFlight * 1_000) / run.ratePerSecond };
    return runLane({ connection, takeRequest, tally, state, pace });
  });
  await Promise.race([sleep(run.warmUpMs), Promise.all(lanes)]);
  tally.latencies.length = 0;
  const before = sample(run.processes);
  await Promise.race([sleep(run.durationMs), Promise.all(lanes)]);
  const after = sample(run.processes);
  const latencies = Float64Array.from(tally.latencies).sort();
  state.stopped = true;
  await Promise.race([Promise.all(lanes), sleep(5_000)]);
  for (const connection of connections) connection.close();
  return {
    calls: latencies.length,
    failed: tally.failed,
    seconds: (after.at - before.at) / 1_000,
    p50Ms: percentile(latencies, 0.5),
    p99Ms: percentile(latencies, 0.99),
    cpuMs: {
      server: after.server - before.server,
      postgres: after.postgres - before.postgres,
      redis: after.redis - before.redis,
      client: after.client - before.client,
    },
    residentMb: after.residentMb,
  };
}

async function openConnections(run: LoadRun, prepared: PreparedRequests): Promise<Connection[]> {
  const grpc = prepared.protocol === "grpc";
  const count = grpc ? Math.min(run.inFlight, GRPC_CONNECTIONS * run.ports.length) : run.inFlight;
  return Promise.all(
    Array.from({ length: count }, (_, number) => {
      const port = run.ports[number % run.ports.length] ?? 0;
      return grpc ? openGrpc(port, prepared.successByte) : openHttp1(port);
    }),
  );
}

/** Hands out requests in turn; undefined when those that may not be repeated are used up. */
function createSupply({ requests, repeatable }: PreparedRequests): () => Buffer | undefined {
  let next = 0;
  return () => {
    if (next >= requests.length && repeatable) next = 0;
    return requests[next++];
  };
}

/** One caller: it makes the next call when the last is answered, or at its pace. */
async function runLane(lane: {
  readonly connection: Connection;
  readonly takeRequest: () => Buffer | undefined;
  readonly tally: Tally;
  readonly state: { readonly stopped: boolean };
  readonly pace: { readonly every: number } | undefined;
}): Promise<void> {
  const { connection, takeRequest, tally, state, pace } = lane;
  return new Promise((resolve) => {
    function next(): void {
      const request = state.stopped ? undefined : takeRequest();
      if (request === undefined) {
        resolve();
        return;
      }
      const start = performance.now();
      connection.call(request, (succeeded) => {
        const took = performance.now() - start;
        if (succeeded) tally.latencies.push(took);
        else tally.failed += 1;
        if (pace === undefined) next();
        else setTimeout(next, Math.max(0, pace.every - took));
      });
    }
    next();
  });
}

function sample({ server, postgres, redis }: ProcessIds) {
  return {
    at: performance.now(),
    server: server.reduce((sum, pid) => sum + cpuMs(pid), 0),
    postgres: postgres === 0 ? 0 : familyCpuMs(postgres),
    redis: redis === 0 ? 0 : cpuMs(redis),
    client: cpuMs(process.pid),
    residentMb: server.reduce((sum, pid) => sum + residentMb(pid), 0),
  };
}
