import { type StartedServer, startServerProcess } from "../servers/started-server.js";
import { RAW } from "./names.js";
import type { Scenario } from "./scenario.js";

/** Servers that do nothing, over what a gRPC server in Node can be built on. */
export async function floorScenarios(
  own: (server: StartedServer) => StartedServer,
  inFlight: readonly number[],
): Promise<Scenario[]> {
  const most = [Math.max(...inFlight)];
  const modules = [
    [RAW, "servers/raw-http2.js"],
    ["empty RPC: grpc-js", "servers/grpc-js.js"],
    ["empty RPC: Connect's adapter", "servers/connect-empty.js"],
  ] as const;
  const scenarios: Scenario[] = [];
  for (const [name, module] of modules) {
    const server = own(await startServerProcess(module));
    scenarios.push({
      name,
      servers: [server],
      inFlight: most,
      prepare: () => Promise.resolve({ kind: "empty" }),
    });
  }
  return scenarios;
}
