import { rmSync } from "node:fs";
import { join } from "node:path";
import { Redis } from "ioredis";
import { fillDisk } from "../../../support/stores/fill-disk.js";
import { type Fault, insist, repeat } from "./fault.js";
import type { Stage } from "./stage.js";

/** Stores that answer, but do not do what they are asked; and providers. */
export function storeFaults({ postgres }: Pick<Stage, "postgres">): Fault[] {
  return [
    ...redisRefusals(),
    ...postgresRefusals(),
    ...providerRefusals(),
    ...(postgres.disk === undefined ? [] : [FULL_DISK]),
  ];
}

function redisRefusals(): Fault[] {
  return [
    onRedis(
      "OOM",
      (redis) => redis.config("SET", "maxmemory", "1"),
      (redis) => redis.config("SET", "maxmemory", "0"),
    ),
    onRedis(
      "READONLY",
      (redis) => redis.call("REPLICAOF", "127.0.0.1", "1"),
      (redis) => redis.call("REPLICAOF", "NO", "ONE"),
    ),
    onRedis("its scripts are gone", (redis) => redis.call("SCRIPT", "FLUSH")),
    onRedis("every client is disconnected", (redis) =>
      redis.call("CLIENT", "KILL", "SKIPME", "yes", "TYPE", "normal"),
    ),
    {
      ...onRedis("FLUSHALL", (redis) => redis.flushall()),
      async begin(stage) {
        await withRedis(stage, (redis) => redis.flushall());
        stage.timeline.wiped();
        return () => Promise.resolve();
      },
    },
    LOADING,
  ];
}

/** Redis loads its own data anew, slowly, and refuses commands meanwhile. */
const LOADING: Fault = {
  name: "redis: LOADING",
  holdMs: 0,
  async begin(stage) {
    await withRedis(stage, async (redis) => {
      const delayUs = Math.min(Math.ceil(2_000_000 / Math.max(1, await redis.dbsize())), 100_000);
      await redis.config("SET", "key-load-delay", delayUs, "loading-process-events-interval-bytes", 1_024);
      await redis.call("DEBUG", "RELOAD");
      await redis.config("SET", "key-load-delay", 0);
    });
    return () => Promise.resolve();
  },
};

function onRedis(
  name: string,
  begin: (redis: Redis) => Promise<unknown>,
  end?: (redis: Redis) => Promise<unknown>,
): Fault {
  return {
    name: `redis: ${name}`,
    async begin(stage) {
      await withRedis(stage, begin);
      return () => (end === undefined ? Promise.resolve() : withRedis(stage, end));
    },
  };
}

async function withRedis({ redis: { url } }: Stage, work: (redis: Redis) => Promise<unknown>): Promise<void> {
  const redis = new Redis(url);
  redis.on("error", () => undefined);
  try {
    await work(redis);
  } finally {
    redis.disconnect();
  }
}

function postgresRefusals(): Fault[] {
  return [
    {
      name: "postgres: read-only",
      async begin({ sql }) {
        const set = (value: string) =>
          insist(async () => {
            await sql.unsafe(`alter system set default_transaction_read_only = ${value}`);
            await sql`select pg_reload_conf()`;
          });
        await set("on");
        return () => set("off");
      },
    },
    {
      name: "postgres: the audit log is locked",
      async begin({ sql }) {
        const locked = await sql.reserve();
        await locked`begin`;
        await locked`lock table mfa_audit_events in access exclusive mode`;
        return async () => {
          await locked`rollback`;
          locked.release();
        };
      },
    },
  ];
}

/** The disk of Postgres is full: tables cannot grow, nor can the log, at which the server may end itself. */
const FULL_DISK: Fault = {
  name: "postgres: full disk",
  begin({ postgres, sql }) {
    const ballast = join(postgres.disk!, "ballast");
    const stop = repeat(20, () => fillDisk(ballast));
    return Promise.resolve(async () => {
      await stop();
      rmSync(ballast, { force: true });
      await insist(async () => {
        if (!postgres.isRunning()) await postgres.restart();
        await sql`select 1`;
      });
    });
  },
};

function providerRefusals(): Fault[] {
  return (["sms", "mail"] as const).flatMap((channel) =>
    (["reject for now", "hang", "garbage", "accept, then break"] as const).map((answer) => ({
      name: `${channel}: ${answer}`,
      begin({ inbox }: Stage) {
        inbox.answers[channel] = answer;
        return Promise.resolve(() => {
          inbox.answers[channel] = "accept";
          inbox.releaseHanging();
          return Promise.resolve();
        });
      },
    })),
  );
}
