import type { TestProject } from "vitest/node";
import { migrate } from "../../../src/storage/postgres/schema/migrate.js";
import { startOnFreePort } from "./free-port.js";
import { startPostgres } from "./postgres.js";
import { findPrograms, type Program } from "./programs.js";
import "./provided.js";
import { answersPing, startRedisOn } from "./redis.js";
import { createTemplate } from "./template-database.js";

const HELP = `The tests need Postgres and Redis, and found no way to run them. Any one of these is enough:
- install both, so that initdb, postgres and redis-server are in PATH;
- on Debian, run the tests as root, which installs them;
- start Docker or Podman;
- name running servers: TEST_DATABASE_URL (a user that may create databases) and TEST_REDIS_URL.`;

/** Backs the service's test files with a Postgres and a Redis; the function it returns ends what it started. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const owned: AsyncDisposable[] = [];
  const end = async () => {
    for (const each of owned.splice(0).reverse()) await each[Symbol.asyncDispose]();
  };
  try {
    await provide(project, owned);
  } catch (error) {
    await end();
    throw error;
  }
  return end;
}

async function provide(project: TestProject, owned: AsyncDisposable[]): Promise<void> {
  const given = { postgres: process.env.TEST_DATABASE_URL, redis: process.env.TEST_REDIS_URL };
  const programs = await findPrograms(given.postgres === undefined ? ["postgres", "redis"] : ["redis"]);
  const postgresUrl = given.postgres ?? (await ownPostgres(programs.postgres, owned));
  const redisUrl = given.redis ?? (await ownRedis(programs.redis, owned));
  const template = await createTemplate(postgresUrl, (url) => migrate({ url }));
  owned.push(template);
  project.provide("templateDatabaseUrl", template.url);
  project.provide("sharedRedisUrl", redisUrl);
  project.provide("redisProgram", programs.redis ?? null);
}

async function ownPostgres(program: Program | undefined, owned: AsyncDisposable[]): Promise<string> {
  if (program === undefined) throw new Error(HELP);
  const { url, server } = await startPostgres(program);
  owned.push(server);
  return url;
}

async function ownRedis(program: Program | undefined, owned: AsyncDisposable[]): Promise<string> {
  if (program === undefined) throw new Error(HELP);
  const { port, server } = await startOnFreePort({
    start: (free) => startRedisOn(program, free),
    answers: answersPing,
  });
  owned.push(server);
  return `redis://127.0.0.1:${port}`;
}
