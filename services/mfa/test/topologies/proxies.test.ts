import { setTimeout as sleep } from "node:timers/promises";
import { MfaService } from "@countersign/protocol/countersign/mfa/v1/mfa_service_pb.js";
import { describe, expect, test } from "vitest";
import { type RunningServer, startServer } from "../../src/server.js";
import { freePort } from "../support/backing/free-port.js";
import { canStart, isInstalled } from "../support/backing/programs.js";
import { sharedSecret, token } from "../support/caller/caller-tokens.js";
import { startWithCallers } from "../support/caller/listed-callers.js";
import { grpcJsClient } from "../support/client/grpc-js-client.js";
import { scrape } from "../support/scrape.js";
import type { TestService } from "../support/service.js";
import { until } from "../support/until.js";
import { type Backend, type ProxyName, startProxy } from "./support/proxy.js";

const canRun = await canStart("haproxy", "nginx");

/** COUNTERSIGN_TEST_PROXY_CALLS makes it longer: 20000 take a little over a minute for each proxy. */
const CALLS = Number(process.env.COUNTERSIGN_TEST_PROXY_CALLS ?? 1_500);
/** 300 calls a second, fewer where this process is kept waiting: it does not catch up at once, which would be another test. */
const CALLS_AT_A_TIME = 3;
const PAUSE_MS = 10;
/** Connections last seconds here and minutes otherwise: many more calls than usual meet the end of one. */
const MOST_FAILED = 2;
/** Another try for a machine that is so busy that a probe times out, or a proxy reads a GOAWAY late. What is broken fails every time. */
const TRIES = { retry: CALLS > 1_500 ? 0 : 2, timeout: 120_000 + CALLS * 10 };
/** As everywhere, longer than a connection may last in the proxy. */
const LISTENER = { maxConnections: 4_000, connectionAgeMs: 4_000 };

/** The proxy's probe, each second, must see that a server drains before it is gone. */
const TIMES = { drainDelayMs: 2_500, shutdownTimeoutMs: 10_000 };

/** Behind a proxy even development asks for a credential. */
const CALLER = {
  id: "login",
  jwt_subjects: ["login"],
  permissions: ["status"],
  requests_per_minute: 1_000_000,
};

/** Caddy ends no connection by itself and repeats nothing: what crosses a GOAWAY fails. */
const PROXIES: readonly (readonly [ProxyName, number])[] = [
  ["haproxy", MOST_FAILED],
  ["nginx", MOST_FAILED],
  ...(isInstalled("caddy") ? [["caddy", CALLS / 100] as const] : []),
];

type Call = (userId: string) => Promise<unknown>;

describe.skipIf(!canRun)("two servers behind a proxy with the file that deploy/proxies has", () => {
  test.each(PROXIES)(
    "%s: calls survive that connections are recycled and that both servers are restarted in turn",
    TRIES,
    async (name, mostFailed) => {
      const { key, bearer } = sharedSecret();
      await using listed = await startWithCallers({ replicas: 0, callers: [CALLER], bearer: () => bearer });
      const { service } = listed;
      const authorization = `Bearer ${await token(key, service.clock)}`;
      const backends = [await freeBackend(), await freeBackend()] as const;
      await using servers = await startServers(service, backends);
      await using proxy = await startProxy(name, backends);
      using client = grpcJsClient(proxy.address);
      const call = (userId: string) =>
        client.call(MfaService.method.getMfaStatus, { userId }, { authorization });
      await until(() => answers(call));
      const load = callSteadily(call);
      for (const index of [0, 1]) {
        await until(() => servers.isUsed(index));
        await servers.restart(index);
      }
      await until(() => servers.isUsed(1));
      const failed = await load.finished(CALLS);
      console.log(`tests: ${name}: ${failed.length} of ${load.made} calls failed`);
      expect(failed.length, `${failed.map(String).join("\n")}\n${proxy.output()}`).toBeLessThanOrEqual(
        mostFailed,
      );
    },
  );
});

async function freeBackend(): Promise<Backend> {
  return { port: await freePort(), adminPort: await freePort() };
}

interface Servers extends AsyncDisposable {
  /** Whether the proxy sends it calls: only then may the other one be restarted. */
  isUsed(index: number): Promise<boolean>;
  restart(index: number): Promise<void>;
}

async function startServers({ config, clock }: TestService, backends: readonly Backend[]): Promise<Servers> {
  const start = ({ port, adminPort }: Backend) =>
    startServer(
      { ...config, ...TIMES, port, adminPort, connections: { listener: LISTENER, watches: {} } },
      { now: clock.now },
    );
  const servers: RunningServer[] = await Promise.all(backends.map(start));
  return {
    async isUsed(index) {
      const samples = await scrape({ server: servers[index]! });
      return callsOf(samples) > 0;
    },
    async restart(index) {
      await servers[index]![Symbol.asyncDispose]();
      servers[index] = await start(backends[index]!);
    },
    async [Symbol.asyncDispose]() {
      for (const server of servers) await server[Symbol.asyncDispose]();
    },
  };
}

/** How many calls of the caller a server has answered since it started. */
function callsOf(samples: ReadonlyMap<string, number>): number {
  return [...samples].reduce(
    (sum, [name, value]) => (/^grpc_server_handled_total\{.*"GetMfaStatus"/.test(name) ? sum + value : sum),
    0,
  );
}

async function answers(call: Call): Promise<boolean> {
  try {
    await call("alice");
    return true;
  } catch {
    return false;
  }
}

/** Calls until it is finished, whether the calls before were answered or not. */
function callSteadily(call: Call): {
  readonly made: number;
  /** Goes on until so many were made, and answers the failures of all. */
  finished(least: number): Promise<readonly unknown[]>;
} {
  const calls: Promise<unknown>[] = [];
  const failures: unknown[] = [];
  const timer = setInterval(() => {
    for (let n = 0; n < CALLS_AT_A_TIME; n += 1)
      calls.push(call(`user-${calls.length}`).catch((error: unknown) => void failures.push(error)));
  }, PAUSE_MS);
  return {
    get made() {
      return calls.length;
    },
    async finished(least) {
      while (calls.length < least) await sleep(PAUSE_MS);
      clearInterval(timer);
      await Promise.all(calls);
      return failures;
    },
  };
}
