import type { Redis } from "ioredis";
import { freePort } from "../../support/backing/free-port.js";
import { FAST_SYNC, type RedisNode, startRedisNode } from "./redis-node.js";
import { until } from "./until.js";

const SLOTS = 16_384;
const MASTERS = 3;

export interface RedisCluster extends AsyncDisposable {
  readonly url: string;
  readonly masters: readonly RedisNode[];
}

/** Three masters with a replica each. */
export async function startRedisCluster(): Promise<RedisCluster> {
  const nodes = await Promise.all(Array.from({ length: MASTERS * 2 }, startClusterNode));
  const [first] = nodes;
  const masters = nodes.slice(0, MASTERS);
  const ids = await Promise.all(nodes.map((node) => node.ask((redis) => redis.call("CLUSTER", "MYID"))));
  for (const [index, node] of masters.entries()) {
    const from = Math.ceil((index * SLOTS) / MASTERS);
    const to = Math.ceil(((index + 1) * SLOTS) / MASTERS) - 1;
    await node.ask((redis) => redis.call("CLUSTER", "ADDSLOTSRANGE", from, to));
    await node.ask((redis) => redis.call("CLUSTER", "SET-CONFIG-EPOCH", index + 1));
  }
  for (const node of nodes.slice(1)) {
    await node.ask((redis) => redis.call("CLUSTER", "MEET", "127.0.0.1", first!.port, first!.busPort));
  }
  await Promise.all(nodes.map((node) => until(() => node.ask(knows(MASTERS * 2)))));
  for (const [index, node] of nodes.slice(MASTERS).entries()) {
    await node.ask((redis) => redis.call("CLUSTER", "REPLICATE", ids[index] as string));
  }
  await Promise.all(nodes.map((node, index) => until(() => node.ask(isWhole(index >= MASTERS)))));
  return {
    url: `redis+cluster://${nodes.map(({ port }) => `127.0.0.1:${port}`).join(",")}`,
    masters,
    async [Symbol.asyncDispose]() {
      await Promise.all(nodes.map((each) => each[Symbol.asyncDispose]()));
    },
  };
}

async function startClusterNode(): Promise<RedisNode & { readonly busPort: number }> {
  const busPort = await freePort();
  const cluster = ["--cluster-enabled", "yes", "--cluster-port", String(busPort)];
  const timing = ["--cluster-node-timeout", "1000", "--cluster-replica-validity-factor", "0"];
  const node = await startRedisNode(() => [...FAST_SYNC, ...cluster, ...timing]);
  return { ...node, busPort };
}

const knows = (count: number) => async (redis: Redis) =>
  (await redis.cluster("INFO")).includes(`cluster_known_nodes:${count}`);

/** A replica that has not caught up never takes its master's place. */
const isWhole = (replica: boolean) => async (redis: Redis) => {
  if (!(await redis.cluster("INFO")).includes("cluster_state:ok")) return false;
  return !replica || (await redis.info("replication")).includes("master_link_status:up");
};
