import { randomBytes } from "node:crypto";
import type { Backing } from "../backing.js";
import { type Child, startChild } from "../process/child.js";
import { type Core, SERVER_CORE } from "../process/cores.js";
import type { ServerMessage, ServerReply } from "./server-message.js";

/** A server process that listens. */
export interface StartedServer extends AsyncDisposable {
  readonly pid: number;
  readonly port: number;
  setClock(ms: number): Promise<void>;
  sentCodes(): Promise<Readonly<Record<string, string>>>;
  requests(): Promise<readonly string[]>;
}

const MANY = "100000000";

/** The one key under which the users of a run are sealed. */
export const ENCRYPTION_KEY = randomBytes(32).toString("base64");

export interface ProcessOptions {
  readonly core?: Core;
  readonly nodeOptions?: readonly string[];
}

/**
 * As the image under the memory limit of k8s/base bounds it, 40 % of 384 MiB: without a bound Node sizes its heap by the machine's memory. The
 * same for every server, as it costs each some of its speed.
 */
const HEAP_BOUND = ["--max-old-space-size=154", "--max-semi-space-size=16", "--heap-growing-percent=100"];
/** As in the image: memory of the slow hash goes back to the system. */
const MALLOC = { MALLOC_MMAP_THRESHOLD_: "1048576" };

/** Starts the service. */
export function startService(
  env: Readonly<Record<string, string>>,
  options: ProcessOptions = {},
): Promise<StartedServer> {
  return startServerProcess("servers/countersign.js", { ...env, ...MALLOC }, options);
}

/** Starts a module of `servers` or `plain` and waits until it listens. */
export async function startServerProcess(
  module: string,
  env: Readonly<Record<string, string>> = {},
  { core = SERVER_CORE, nodeOptions = [] }: ProcessOptions = {},
): Promise<StartedServer> {
  const child: Child<ServerMessage, ServerReply> = await startChild(module, {
    core,
    env,
    nodeOptions: [...HEAP_BOUND, ...nodeOptions],
  });
  const { port } = await child.ask({ kind: "start" });
  return {
    pid: child.pid,
    port,
    async setClock(ms) {
      await child.ask({ kind: "clock", ms });
    },
    sentCodes: async () => (await child.ask({ kind: "sent-codes" })).sentCodes ?? {},
    requests: async () => (await child.ask({ kind: "requests" })).requests ?? [],
    [Symbol.asyncDispose]: () => child[Symbol.asyncDispose](),
  };
}

/** The environment of the service under test. The log has its default level: an access line for each call is part of the work. */
export function serviceEnvironment(backing: Backing, databaseUrl: string): Record<string, string> {
  return {
    ENVIRONMENT: "test",
    PORT: "0",
    ADMIN_PORT: "0",
    DATABASE_URL: databaseUrl,
    REDIS_URL: backing.redisUrl,
    ENCRYPTION_KEY,
    DRAIN_DELAY_MS: "0",
    DB_TIMEOUT_MS: "20000",
    REDIS_TIMEOUT_MS: "10000",
    // Limits out of the way: they are counted as ever, and never reached.
    SEND_COOLDOWN_SECONDS: "0",
    SEND_LIMIT_USER_HOURLY: MANY,
    SEND_LIMIT_DESTINATION_HOURLY: MANY,
    SEND_LIMIT_USER_DAILY: MANY,
    SEND_LIMIT_DESTINATION_DAILY: MANY,
    SEND_LIMIT_OVERALL_DAILY: MANY,
    RATE_LIMIT_API_REQUESTS_PER_MINUTE: "1000000",
    RATE_LIMIT_LOGIN_ATTEMPTS_PER_MINUTE: "1000",
    RATE_LIMIT_BURST_MULTIPLIER: "10",
  };
}
