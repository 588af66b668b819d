import { startOnFreePort } from "@countersign/mfa/backing/free-port";
import { startPostgres } from "@countersign/mfa/backing/postgres";
import { findPrograms } from "@countersign/mfa/backing/programs";
import { answersPing, startRedisOn } from "@countersign/mfa/backing/redis";
import postgres from "postgres";
import { moveToCore, OTHER_CORE } from "./process/cores.js";

/** The benchmark's own Postgres and Redis. */
export interface Backing extends AsyncDisposable {
  readonly databaseUrl: string;
  readonly redisUrl: string;
  readonly postgresPid: number;
  readonly redisPid: number;
  readonly postgresVersion: string;
}

/** As in production: an acknowledged write is on the disk. Memory for the larger sets of users. */
const POSTGRES_SETTINGS = ["fsync=on", "full_page_writes=on", "shared_buffers=1GB", "max_wal_size=4GB"];

export async function startBacking(): Promise<Backing> {
  const programs = await findPrograms(["postgres", "redis"]);
  const { postgres: postgresProgram, redis: redisProgram } = programs;
  if (postgresProgram === undefined || redisProgram === undefined) {
    throw new Error("install Postgres and Redis, so that initdb, postgres and redis-server can be found");
  }
  const database = await startPostgres(postgresProgram, POSTGRES_SETTINGS);
  const redis = await startOnFreePort({
    start: (port) => startRedisOn(redisProgram, port),
    answers: answersPing,
  });
  moveToCore(database.server.pid, OTHER_CORE);
  moveToCore(redis.server.pid, OTHER_CORE);
  return {
    databaseUrl: database.url,
    redisUrl: `redis://127.0.0.1:${redis.port}`,
    postgresPid: database.server.pid,
    redisPid: redis.server.pid,
    postgresVersion: await versionOf(database.url),
    async [Symbol.asyncDispose]() {
      await redis.server[Symbol.asyncDispose]();
      await database.server[Symbol.asyncDispose]();
    },
  };
}

async function versionOf(url: string): Promise<string> {
  const sql = postgres(url, { max: 1 });
  const [row] = await sql<{ version: string }[]>`select current_setting('server_version') as version`;
  await sql.end();
  return row?.version ?? "unknown";
}
