import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { makeDataFolder } from "../../support/backing/data-folder.js";
import { listens, startOnFreePort } from "../../support/backing/free-port.js";
import { localProgram } from "../../support/backing/programs.js";
import { type ServerProcess, startProcess } from "../../support/backing/server-process.js";
import { FAST_SYNC, type RedisNode, startRedisNode, startReplica } from "./redis-node.js";
import { until } from "./until.js";

const GROUP = "countersign";
const SENTINELS = 3;

export interface SentinelGroup extends AsyncDisposable {
  readonly url: string;
  readonly master: RedisNode;
  readonly replica: RedisNode;
}

/** A master and its replica, watched by three Sentinels, all with passwords. */
export async function startSentinelGroup(passwords: {
  readonly redis: string;
  readonly sentinel: string;
}): Promise<SentinelGroup> {
  const client = { password: passwords.redis };
  const settings = [...FAST_SYNC, "--requirepass", passwords.redis, "--masterauth", passwords.redis];
  const master = await startRedisNode(() => settings, client);
  const replica = await startReplica(master, settings, client);
  const config = sentinelConfig(master.port, passwords);
  const sentinels = await Promise.all(Array.from({ length: SENTINELS }, () => startSentinel(config)));
  await Promise.all(
    sentinels.map(({ port }) => until(() => knowsOthers(port, passwords.sentinel))),
  );
  const addresses = sentinels.map(({ port }) => `127.0.0.1:${port}`);
  return {
    url: `redis+sentinel://${addresses.join(",")}/0?name=${GROUP}`,
    master,
    replica,
    async [Symbol.asyncDispose]() {
      const owners = [...sentinels.map(({ server }) => server), master, replica];
      await Promise.all(owners.map((each) => each[Symbol.asyncDispose]()));
    },
  };
}

function sentinelConfig(masterPort: number, passwords: { readonly redis: string; readonly sentinel: string }) {
  return `
sentinel monitor ${GROUP} 127.0.0.1 ${masterPort} 2
sentinel down-after-milliseconds ${GROUP} 500
sentinel failover-timeout ${GROUP} 5000
sentinel auth-pass ${GROUP} ${passwords.redis}
requirepass ${passwords.sentinel}
sentinel sentinel-pass ${passwords.sentinel}
`;
}

async function startSentinel(config: string): Promise<{ readonly port: number; readonly server: ServerProcess }> {
  const path = await localProgram("redis");
  return startOnFreePort({
    async start(port) {
      const folder = makeDataFolder("sentinel");
      const file = join(folder, "sentinel.conf");
      await writeFile(file, `bind 127.0.0.1\nport ${port}\n${config}`);
      return startProcess({ command: [path, file, "--sentinel"], folder, stopSignal: "SIGKILL" });
    },
    answers: listens,
  });
}

/** A failover takes a majority that knows of each other, and of the replica. */
async function knowsOthers(port: number, password: string): Promise<boolean> {
  const { Redis } = await import("ioredis");
  const sentinel = new Redis({ port, host: "127.0.0.1", password });
  try {
    const [state] = (await sentinel.call("SENTINEL", "MASTERS")) as string[][];
    const value = (name: string) => Number(state?.[state.indexOf(name) + 1]);
    return value("num-other-sentinels") === SENTINELS - 1 && value("num-slaves") === 1;
  } finally {
    sentinel.disconnect();
  }
}
