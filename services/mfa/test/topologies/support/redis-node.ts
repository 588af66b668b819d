import { Redis } from "ioredis";
import { listens, startOnFreePort } from "../../support/backing/free-port.js";
import { localProgram } from "../../support/backing/programs.js";
import { startRedisOn } from "../../support/backing/redis.js";
import { until } from "../../support/until.js";

/** One redis-server of several. Disposing of it is its crash. */
export interface RedisNode extends AsyncDisposable {
  readonly port: number;
  /** Asks it something, over a connection of its own. */
  ask<T>(question: (redis: Redis) => Promise<T>): Promise<T>;
}

/** What asking a server takes. */
interface Credentials {
  readonly password?: string;
  readonly tls?: { readonly ca: string };
}

/** `settings` are redis-server's arguments, which may depend on the port it got. */
export async function startRedisNode(
  settings: (port: number) => readonly string[] = () => [],
  client: Credentials = {},
): Promise<RedisNode> {
  const path = await localProgram("redis");
  const { port, server } = await startOnFreePort({
    start: (free) => startRedisOn({ kind: "local", path }, free, settings(free)),
    answers: listens,
  });
  return {
    port,
    async ask(question) {
      const redis = new Redis({ port, host: "127.0.0.1", retryStrategy: () => null, ...client });
      redis.on("error", () => undefined);
      try {
        return await question(redis);
      } finally {
        redis.disconnect();
      }
    },
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
}

/** A server that copies another. Resolves when it has caught up. */
export async function startReplica(
  master: RedisNode,
  settings: (port: number) => readonly string[],
  client: Credentials = {},
): Promise<RedisNode> {
  const of = ["--replicaof", "127.0.0.1", String(master.port)];
  const replica = await startRedisNode((port) => [...of, ...settings(port)], client);
  await replica.ask((redis) =>
    until(async () => (await redis.info("replication")).includes("master_link_status:up")),
  );
  return replica;
}

/** Settings of masters, so that replicas catch up immediately. */
export const FAST_SYNC = ["--repl-diskless-sync-delay", "0"];
