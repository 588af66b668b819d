import { type ChildProcess, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { createClient } from "@connectrpc/connect";
import { createGrpcTransport } from "@connectrpc/connect-node";
import { MfaService } from "@countersign/protocol/countersign/mfa/v1/mfa_service_pb.js";
import { afterEach, beforeEach, expect, test } from "vitest";
import { createTestDatabase, type TestDatabase } from "../support/stores/database.js";
import { createTestRedis, type TestRedis } from "../support/stores/redis.js";
import { Collector } from "./support/collector.js";
import { callersSpan } from "./support/traced-service.js";

/** The compiled program, as operators run it. */
const MAIN = fileURLToPath(new URL("../../dist/main.js", import.meta.url));

let collector: Collector;
let database: TestDatabase;
let redis: TestRedis;
let child: ChildProcess;

beforeEach(async () => {
  collector = await Collector.start();
  database = await createTestDatabase();
  redis = createTestRedis();
});

afterEach(async () => {
  child.kill("SIGKILL");
  for (const owner of [collector, database, redis]) await owner[Symbol.asyncDispose]();
});

/** Starts the program with its traces going to the collector; answers a client of it. */
async function start(env: Record<string, string>) {
  child = spawn(process.execPath, [MAIN], {
    env: {
      PATH: process.env.PATH,
      ENVIRONMENT: "test",
      PORT: "0",
      ADMIN_PORT: "0",
      DATABASE_URL: database.url,
      REDIS_URL: redis.url,
      REDIS_KEY_PREFIX: redis.keyPrefix,
      ENCRYPTION_KEY: randomBytes(32).toString("base64"),
      OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
      ...env,
    },
  });
  let output = "";
  child.stdout?.on("data", (chunk: Buffer) => (output += chunk.toString()));
  child.stderr?.on("data", (chunk: Buffer) => (output += chunk.toString()));
  await expect.poll(() => output).toMatch(/http:\/\/127\.0\.0\.1:\d+/);
  const baseUrl = /http:\/\/127\.0\.0\.1:\d+/.exec(output)?.[0] ?? "";
  return createClient(MfaService, createGrpcTransport({ baseUrl }));
}

/** The exit code. */
async function end(): Promise<unknown> {
  const exited = once(child, "exit");
  child.kill("SIGTERM");
  const [code] = (await exited) as [number | null];
  return code;
}

test("the program traces where OTEL_* says so, and sends what is left before it ends", async () => {
  const client = await start({
    OTEL_SERVICE_NAME: "mfa-by-environment",
    // Longer than the test: what comes is what the end has sent.
    OTEL_BSP_SCHEDULE_DELAY: "600000",
  });
  const caller = callersSpan();
  await client.getMfaStatus({ userId: "nobody" }, caller);
  expect(collector.spans).toEqual([]);
  expect(await end()).toBe(0);
  const call = (await collector.trace(caller.traceId)).find(({ kind }) => kind === "SERVER");
  expect(call).toMatchObject({
    parentSpanId: caller.spanId,
    resource: { "service.name": "mfa-by-environment" },
  });
});

test("a collector that hangs does not keep the program from ending", async () => {
  collector.answer = "hang";
  const client = await start({ OTEL_BSP_SCHEDULE_DELAY: "20", OTEL_EXPORTER_OTLP_TIMEOUT: "600000" });
  const exports: Buffer[] = [];
  collector.onExport = (body) => exports.push(body);
  await client.getMfaStatus({ userId: "nobody" }, callersSpan());
  await expect.poll(() => exports.length).toBeGreaterThan(0);
  // The exporter would wait for longer than a test has.
  expect(await end()).toBe(0);
});
