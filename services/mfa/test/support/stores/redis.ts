import { randomBytes } from "node:crypto";
import { Redis } from "ioredis";
import { inject } from "vitest";
import { becomesReady, startOnFreePort } from "../backing/free-port.js";
import "../backing/provided.js";
import { answersPing, startRedisOn } from "../backing/redis.js";

/** A part of the Redis that all test files share: theirs alone are the keys under the prefix. */
export interface TestRedis extends AsyncDisposable {
  readonly url: string;
  readonly keyPrefix: string;
}

/** For tests that neither flush nor break Redis; disposing of it deletes the keys. */
export function createTestRedis(): TestRedis {
  const url = inject("sharedRedisUrl");
  const keyPrefix = `test:${randomBytes(6).toString("hex")}:`;
  return {
    url,
    keyPrefix,
    async [Symbol.asyncDispose]() {
      const redis = new Redis(url);
      for await (const keys of redis.scanStream({ match: `${keyPrefix}*`, count: 1_000 }) as AsyncIterable<
        string[]
      >)
        if (keys.length > 0) await redis.unlink(...keys);
      redis.disconnect();
    },
  };
}

/** A Redis of the caller's own, to flush, hang and crash. Disposing of it ends it. */
export interface OwnRedis extends AsyncDisposable {
  /** Stays the same over `restart`. */
  readonly url: string;
  /** Stops answering with connections left open, as on a host that hangs. */
  pause(): Promise<void>;
  resume(): Promise<void>;
  /** Crashes: connections are reset, new ones refused, all data lost. */
  kill(): Promise<void>;
  /** Starts again on the same port, empty; kills it first when it still runs. */
  restart(): Promise<void>;
}

/** Starts an own throw-away Redis, in about 0.1 s. `settings` are redis-server's arguments, such as `--maxmemory 1mb`. */
export async function startRedis(...settings: readonly string[]): Promise<OwnRedis> {
  const program = inject("redisProgram");
  if (program === null) throw new Error("no redis-server to start: install it, or a container engine");
  const start = (port: number) => startRedisOn(program, port, settings);
  const first = await startOnFreePort({ start, answers: answersPing });
  const { port } = first;
  let server = first.server;
  const kill = async () => {
    await server[Symbol.asyncDispose]();
  };
  return {
    url: `redis://127.0.0.1:${port}`,
    pause: () => server.signal("SIGSTOP"),
    resume: () => server.signal("SIGCONT"),
    kill,
    async restart() {
      await kill();
      server = await start(port);
      if (!(await becomesReady(server, () => answersPing(port)))) throw new Error(server.output());
    },
    [Symbol.asyncDispose]: kill,
  };
}
