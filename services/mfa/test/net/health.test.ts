import { createClient } from "@connectrpc/connect";
import {
  Health,
  HealthCheckResponse_ServingStatus as Status,
} from "@countersign/protocol/grpc/health/v1/health_pb.js";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type ClientKind, errorOf, reasonOf, transportOf } from "./support/clients.js";
import { startTestServer, type TestServer } from "./support/test-server.js";

const SERVICE = "countersign.mfa.v1.MfaService";
const KINDS = [
  "gRPC over HTTP/2",
  "gRPC-Web over HTTP/1.1",
  "Connect in JSON over HTTP/1.1",
] satisfies ClientKind[];

let server: TestServer;

beforeEach(async () => {
  server = await startTestServer({ pipeline: { authenticate: () => undefined } });
});

afterEach(() => server[Symbol.asyncDispose]());

describe.each(KINDS)("health over %s", (kind) => {
  const client = () => createClient(Health, transportOf(kind, server.url));

  test("the process is live before its services are ready", async () => {
    expect((await client().check({})).status).toBe(Status.SERVING);
    expect((await client().check({ service: SERVICE })).status).toBe(Status.NOT_SERVING);
    server.health.setStoresUsable(true);
    expect((await client().check({ service: SERVICE })).status).toBe(Status.SERVING);
  });

  test("an unknown service is NOT_FOUND, with a reason", async () => {
    expect(reasonOf(await errorOf(client().check({ service: "no.such.Service" })))).toBe("SERVICE_UNKNOWN");
  });

  test("all services are listed", async () => {
    const { statuses } = await client().list({});
    expect(Object.keys(statuses).sort()).toEqual(["", SERVICE]);
  });

  test("a watcher hears of each change, and is let go by a drain", async () => {
    const seen: number[] = [];
    let drained: Promise<void> | undefined;
    for await (const { status } of client().watch({ service: SERVICE })) {
      seen.push(status);
      if (seen.length === 1) server.health.setStoresUsable(true);
      if (seen.length === 2) server.health.drain();
      if (seen.length === 3) drained = server.drain(5_000);
    }
    await drained;
    expect(seen).toEqual([Status.NOT_SERVING, Status.SERVING, Status.NOT_SERVING]);
  });

  test("a watcher of an unknown service is told so and kept", async () => {
    for await (const { status } of client().watch({ service: "no.such.Service" })) {
      expect(status).toBe(Status.SERVICE_UNKNOWN);
      break;
    }
  });
});
