import type { Redis } from "ioredis";
import { freePort } from "../../support/backing/free-port.js";
import { until } from "../../support/until.js";
import { FAST_SYNC, type RedisNode, startRedisNode } from "./redis-node.js";
import type { RedisTls } from "./redis-tls.js";

const SLOTS = 16_384;
const MASTERS = 3;

export interface RedisCluster extends AsyncDisposable {
  /** Hosts of a URL, in cleartext and for TLS. */
  readonly hosts: string;
  readonly tlsHosts: string;
  readonly masters: readonly RedisNode[];
  /** Which of the masters has the key, before any of them fails. */
  masterOf(key: string): Promise<RedisNode>;
}

/**
 * Three masters with a replica each, which speak TLS among themselves and, at other ports, to those who want it. `settings` are arguments of
 * each node.
 */
export async function startRedisCluster(
  tls: RedisTls,
  ...settings: readonly string[]
): Promise<RedisCluster> {
  const nodes = await Promise.all(Array.from({ length: MASTERS * 2 }, () => startClusterNode(tls, settings)));
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
    await node.ask((redis) => redis.call("CLUSTER", "MEET", "127.0.0.1", first!.tlsPort, first!.busPort));
  }
  await Promise.all(nodes.map((node) => until(() => node.ask(knows(MASTERS * 2)))));
  for (const [index, node] of nodes.slice(MASTERS).entries()) {
    await node.ask((redis) => redis.call("CLUSTER", "REPLICATE", ids[index] as string));
  }
  await Promise.all(nodes.map((node, index) => until(() => node.ask(isWhole(index >= MASTERS)))));
  return {
    hosts: nodes.map(({ port }) => `127.0.0.1:${port}`).join(),
    tlsHosts: nodes.map(({ tlsPort }) => `127.0.0.1:${tlsPort}`).join(),
    masters,
    async masterOf(key) {
      const slot = await first!.ask((redis) => redis.cluster("KEYSLOT", key));
      return masters[Math.floor((slot * MASTERS) / SLOTS)]!;
    },
    async [Symbol.asyncDispose]() {
      await Promise.all(nodes.map((each) => each[Symbol.asyncDispose]()));
    },
  };
}

interface ClusterNode extends RedisNode {
  readonly tlsPort: number;
  readonly busPort: number;
}

async function startClusterNode(tls: RedisTls, settings: readonly string[]): Promise<ClusterNode> {
  const [tlsPort, busPort] = [await freePort(), await freePort()];
  const cluster = ["--cluster-enabled", "yes", "--cluster-port", String(busPort)];
  const timing = ["--cluster-node-timeout", "1000", "--cluster-replica-validity-factor", "0"];
  const secured = ["--tls-port", String(tlsPort), "--tls-cluster", "yes", ...tls.settings];
  const node = await startRedisNode(() => [...FAST_SYNC, ...cluster, ...timing, ...secured, ...settings]);
  return { ...node, tlsPort, busPort };
}

const knows = (count: number) => async (redis: Redis) =>
  (await redis.cluster("INFO")).includes(`cluster_known_nodes:${count}`);

/** A replica that has not caught up never takes its master's place. */
const isWhole = (replica: boolean) => async (redis: Redis) => {
  if (!(await redis.cluster("INFO")).includes("cluster_state:ok")) return false;
  return !replica || (await redis.info("replication")).includes("master_link_status:up");
};
