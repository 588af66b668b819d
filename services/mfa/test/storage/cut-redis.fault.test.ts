import { once } from "node:events";
import { beforeAll, expect, test } from "vitest";
import { openRedis, type RedisClient } from "../../src/storage/redis/client/redis-client.js";
import { defineScript, runScript } from "../../src/storage/redis/client/script.js";
import type { FaultProxy } from "../support/stores/fault-proxy.js";
import { createTestRedis } from "../support/stores/redis.js";
import { CUTS, cutAfterEachByte } from "./support/cut-each-byte.js";
import { watchProcess } from "./support/watch-process.js";

/** Answers with what it was given, as a guard's script answers about the user that it was asked about. */
const ECHO = defineScript("echo", "return {ARGV[1], 1, {ARGV[1], 'of'}, false, 8}");

const { url } = createTestRedis();
const server = { host: new URL(url).hostname, port: Number(new URL(url).port) };
const expectAlive = watchProcess();
beforeAll(async () => {
  const redis = openRedis({ url, timeLimitMs: 5_000, onError: () => undefined });
  await once(redis, "ready");
  await runScript(redis, ECHO, { keys: [], args: ["loaded"] });
  redis.disconnect();
});

interface Client extends AsyncDisposable {
  readonly redis: RedisClient;
}

async function openClient(proxy: FaultProxy): Promise<Client> {
  const through = new URL(url);
  through.hostname = proxy.host;
  through.port = String(proxy.port);
  const redis = openRedis({ url: through.href, timeLimitMs: 5_000, onError: () => undefined });
  await once(redis, "ready");
  return {
    redis,
    [Symbol.asyncDispose]() {
      redis.disconnect();
      return Promise.resolve();
    },
  };
}

let asked = 0;

/** Any failure is a failure of the store; an answer is whole and the script's own. */
async function expectOwnReply(redis: RedisClient): Promise<"answered" | "failed"> {
  asked += 1;
  const tag = `user-${asked}`;
  const reply = await runScript(redis, ECHO, { keys: [], args: [tag] }).catch((error: unknown) => {
    expect(error).toBeInstanceOf(Error);
    return "failed" as const;
  });
  if (reply === "failed") return reply;
  expect(reply).toEqual([tag, 1, [tag, "of"], null, 8]);
  return "answered";
}

/** Three concurrently, each repeated immediately if it failed, until one is answered; and three more. */
async function round({ redis }: Client): Promise<void> {
  const twice = async () => {
    if ((await expectOwnReply(redis)) === "failed") await expectOwnReply(redis);
  };
  await Promise.all([twice(), twice(), twice()]);
  await expect.poll(() => expectOwnReply(redis), { interval: 2 }).toBe("answered");
  await Promise.all([twice(), twice(), twice()]);
}

test.each(CUTS)("a script's reply cut by %s after each byte fails its call or is its own", async (by) => {
  const bytes = await cutAfterEachByte({ server, open: openClient, by, round });
  expect(bytes).toBeGreaterThan(150);
  expectAlive();
});

test.each(CUTS)("a script cut by %s within its request fails its call or is answered its own", async (by) => {
  const sweep = { server, open: openClient, by, direction: "to-server", step: 5 } as const;
  expect(await cutAfterEachByte({ ...sweep, round })).toBeGreaterThan(200);
  expectAlive();
});
