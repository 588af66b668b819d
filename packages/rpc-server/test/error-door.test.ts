import { Code } from "@connectrpc/connect";
import { Health } from "@countersign/protocol/grpc/health/v1/health_pb.js";
import type { Log } from "@countersign/telemetry-ports";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createPipeline, type ErrorDoor, type Listening, listen, serveService } from "../src/index.js";

class OutOfStock extends Error {}

const SHOP_ERRORS: ErrorDoor = {
  domain: "shop",
  recognize: (thrown) =>
    thrown instanceof OutOfStock
      ? {
          code: Code.FailedPrecondition,
          reason: "OUT_OF_STOCK",
          message: thrown.message,
          metadata: { shelf: "7" },
          violations: [{ field: "service", description: "is sold out" }],
          retryAfterMs: 1_500,
          cause: thrown.cause,
        }
      : undefined,
};

const lines: { readonly level: string; readonly message: string }[] = [];
const noting = (level: string) => (_fields: object, message: string) => void lines.push({ level, message });
const log: Log = {
  debug: noting("debug"),
  info: noting("info"),
  warn: noting("warn"),
  error: noting("error"),
  child: () => log,
};

let listening: Listening;
let thrown: Error;
beforeAll(async () => {
  const refuse = () => Promise.reject(thrown);
  const shop = serveService(Health, {
    check: refuse,
    list: refuse,
    watch: () => {
      throw thrown;
    },
  });
  const pipeline = createPipeline({ authenticate: () => ({ id: "till" }), errors: SHOP_ERRORS, log });
  listening = await listen({ host: "127.0.0.1", port: 0, services: [shop], pipeline });
});
afterAll(() => listening[Symbol.asyncDispose]());

async function ask(path: string, { body = "{}", port = listening.address.port } = {}) {
  lines.length = 0;
  const response = await fetch(`http://127.0.0.1:${port}${path}`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body,
  });
  const { code, message, details } = (await response.json()) as {
    code: string;
    message: string;
    details: { type: string; debug?: object }[];
  };
  return { code, message, details, levels: lines.map(({ level }) => level) };
}

const CHECK = "/grpc.health.v1.Health/Check";

test("an error that the service's door recognizes goes out with the code, reason and details that it gives", async () => {
  thrown = new OutOfStock("no apples are left", { cause: new Error("shelf 7 is empty") });
  const { code, message, details } = await ask(CHECK);
  expect({ code, message }).toEqual({ code: "failed_precondition", message: "no apples are left" });
  expect(details.map(({ type }) => type)).toEqual([
    "google.rpc.ErrorInfo",
    "google.rpc.RequestInfo",
    "google.rpc.BadRequest",
    "google.rpc.RetryInfo",
  ]);
  expect(details[0]?.debug).toMatchObject({
    domain: "shop",
    reason: "OUT_OF_STOCK",
    metadata: { shelf: "7" },
  });
});

test("a door that has a page about each reason links it from every error, the transport's own included", async () => {
  const helpFor = (reason: string) => ({ description: "about it", url: `https://shop.example/${reason}` });
  const pipeline = createPipeline({
    authenticate: () => ({ id: "till" }),
    errors: { ...SHOP_ERRORS, helpFor },
    log,
  });
  const refuse = () => Promise.reject(new OutOfStock("no apples are left"));
  const shop = serveService(Health, {
    check: refuse,
    list: refuse,
    watch: () => {
      throw new OutOfStock("no apples are left");
    },
  });
  await using helpful = await listen({ host: "127.0.0.1", port: 0, services: [shop], pipeline });
  const { port } = helpful.address;
  for (const [body, reason] of [
    ["{}", "OUT_OF_STOCK"],
    ["{", "MALFORMED_REQUEST"],
  ] as const) {
    const { details } = await ask(CHECK, { body, port });
    const links = [{ description: "about it", url: `https://shop.example/${reason}` }];
    expect(details.at(-1)).toMatchObject({ type: "google.rpc.Help", debug: { links } });
  }
});

test("the cause of a recognized error is logged and never sent", async () => {
  thrown = new OutOfStock("no apples are left", { cause: new Error("shelf 7 is empty") });
  const answer = await ask(CHECK);
  expect(JSON.stringify(answer)).not.toContain("shelf 7 is empty");
  expect(answer.levels).toContain("warn");
});

test("an error that the door does not recognize goes out as INTERNAL without its text, and is logged as a fault", async () => {
  thrown = new Error("the till's drawer is open");
  const answer = await ask(CHECK);
  expect(answer.code).toBe("internal");
  expect(JSON.stringify(answer)).not.toContain("drawer");
  expect(answer.details[0]?.debug).toMatchObject({ domain: "shop", reason: "INTERNAL" });
  expect(answer.levels).toContain("error");
});

test("a refusal of the transport's own bears the domain of the service", async () => {
  const { code, details } = await ask(CHECK, { body: "{" });
  expect(code).toBe("invalid_argument");
  expect(details[0]?.debug).toMatchObject({ domain: "shop", reason: "MALFORMED_REQUEST" });
});
