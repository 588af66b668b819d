import { readSettingFile } from "@countersign/security-config";
import { ConfigurationError } from "../../config/forms/configuration-error.js";
import { loadServiceConfig, type ServiceConfig } from "../../config/service-config.js";
import { type RunningServer, startServer } from "../../server.js";
import { UsageError } from "../command-line/explain-failure.js";
import type { ProgramContext } from "../command-line/program-context.js";
import { showFirstLogin } from "./first-login.js";

export interface TryFlags {
  readonly url: string | undefined;
}

/** Shows a first login at the named or running service, else at one that exists for this run only. */
export async function runTry({ configs, print, now }: ProgramContext, { url }: TryFlags): Promise<number> {
  const config = await configs.service();
  if (config.environment === "production" || config.environment === "staging")
    throw new UsageError(`try enrols a test user and is not for ${config.environment}`);
  const own = ownUrl(config);
  const running = url ?? ((await isServed(own)) ? own : undefined);
  if (running !== undefined) {
    const baseUrl = running.replace(/\/+$/, "");
    print(`A user enrols and logs in at ${baseUrl}.`);
    await showFirstLogin({ baseUrl, print }, now);
  } else {
    print(
      `No service answers at ${own}. A user enrols and logs in at one that runs for this alone, in memory.`,
    );
    await using server = await startAlone();
    await showFirstLogin({ baseUrl: `http://127.0.0.1:${server.address.port}`, print }, now);
  }
  print(
    "\nEvery call was answered as it should be. docs/integrating.md has the login flow for your backend.",
  );
  return 0;
}

function ownUrl({ tls, host, port }: ServiceConfig): string {
  const name = host === "0.0.0.0" || host === "::" ? "localhost" : host;
  return `${tls === undefined ? "http" : "https"}://${name.includes(":") ? `[${name}]` : name}:${port}`;
}

const PROBE_LIMIT_MS = 2_000;

/** Whether Countersign answers there: other programs on the port have no health service. */
async function isServed(baseUrl: string): Promise<boolean> {
  try {
    const response = await fetch(`${baseUrl}/grpc.health.v1.Health/Check`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: "{}",
      signal: AbortSignal.timeout(PROBE_LIMIT_MS),
    });
    return response.ok && (await response.text()).includes("SERVING");
  } catch {
    return false;
  }
}

/** Ignores the environment, so that nothing is written to the stores that it names. */
async function startAlone(): Promise<RunningServer> {
  const alone = loadServiceConfig({ PORT: "0", ADMIN_PORT: "0", LOG_LEVEL: "silent" }, readSettingFile);
  if (!alone.ok) throw new ConfigurationError(alone.problems);
  return startServer({ ...alone.config, dataDir: undefined });
}
