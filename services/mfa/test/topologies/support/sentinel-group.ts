import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { Redis } from "ioredis";
import { makeDataFolder } from "../../support/backing/data-folder.js";
import { listens, startOnFreePort } from "../../support/backing/free-port.js";
import { localProgram } from "../../support/backing/programs.js";
import { type ServerProcess, startProcess } from "../../support/backing/server-process.js";
import { until } from "../../support/until.js";
import { FAST_SYNC, type RedisNode, startRedisNode, startReplica } from "./redis-node.js";
import { type RedisTls, tlsOnly } from "./redis-tls.js";

const GROUP = "countersign";
const SENTINELS = 3;

export interface SentinelGroup extends AsyncDisposable {
  /** Hosts, path and parameter of a URL. */
  readonly address: string;
  readonly master: RedisNode;
  readonly replica: RedisNode;
}

interface GroupOptions {
  readonly password: string;
  /** Of the Sentinels. */
  readonly sentinelPassword: string;
  readonly tls: RedisTls | undefined;
}

/** A master and its replica, watched by three Sentinels. */
export async function startSentinelGroup(options: GroupOptions): Promise<SentinelGroup> {
  const { password, tls } = options;
  const client = { password, ...(tls === undefined ? {} : { tls }) };
  const passwords = ["--requirepass", password, "--masterauth", password];
  const ports = tls === undefined ? () => [] : tlsOnly(tls);
  const settings = (port: number) => [...ports(port), ...FAST_SYNC, ...passwords];
  const master = await startRedisNode(settings, client);
  const replica = await startReplica(master, settings, client);
  const start = () => startSentinel(master.port, options);
  const sentinels = await Promise.all(Array.from({ length: SENTINELS }, start));
  await Promise.all(sentinels.map(({ port }) => until(() => knowsOthers(port, options))));
  return {
    address: `${sentinels.map(({ port }) => `127.0.0.1:${port}`).join(",")}/0?name=${GROUP}`,
    master,
    replica,
    async [Symbol.asyncDispose]() {
      const owners = [...sentinels.map(({ server }) => server), master, replica];
      await Promise.all(owners.map((each) => each[Symbol.asyncDispose]()));
    },
  };
}

async function startSentinel(
  masterPort: number,
  { password, sentinelPassword, tls }: GroupOptions,
): Promise<{ readonly port: number; readonly server: ServerProcess }> {
  const path = await localProgram("redis");
  const config = `bind 127.0.0.1
sentinel monitor ${GROUP} 127.0.0.1 ${masterPort} 2
sentinel down-after-milliseconds ${GROUP} 500
sentinel failover-timeout ${GROUP} 5000
sentinel auth-pass ${GROUP} ${password}
requirepass ${sentinelPassword}
sentinel sentinel-pass ${sentinelPassword}
`;
  return startOnFreePort({
    async start(port) {
      const folder = makeDataFolder("sentinel");
      const file = join(folder, "sentinel.conf");
      await writeFile(file, config);
      const ports = tls === undefined ? ["--port", String(port)] : tlsOnly(tls)(port);
      const command = [path, file, "--sentinel", ...ports] as const;
      return startProcess({ command, folder, stopSignal: "SIGKILL" });
    },
    answers: listens,
  });
}

/** A failover takes a majority that knows of each other, and of the replica. */
async function knowsOthers(port: number, { sentinelPassword, tls }: GroupOptions): Promise<boolean> {
  const password = sentinelPassword;
  const sentinel = new Redis({ port, host: "127.0.0.1", password, ...(tls === undefined ? {} : { tls }) });
  try {
    const [state] = (await sentinel.call("SENTINEL", "MASTERS")) as string[][];
    const value = (name: string) => Number(state?.[state.indexOf(name) + 1]);
    return value("num-other-sentinels") === SENTINELS - 1 && value("num-slaves") === 1;
  } finally {
    sentinel.disconnect();
  }
}
