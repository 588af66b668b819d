import { credentials } from "@grpc/grpc-js";
import { GrpcReflection } from "grpc-js-reflection-client";
import { describe, expect, test } from "vitest";
import { runHealthcheck } from "../../src/commands/healthcheck.js";
import { startTestService, type TestService } from "../support/service.js";

function adminUrl({ replicas }: TestService): string {
  return `http://127.0.0.1:${replicas[0]?.server.adminAddress.port}`;
}

describe("the admin port", () => {
  test("the admin port tells probes of the service's state, and of its drain before calls end", async () => {
    await using service = await startTestService({ config: { drainDelayMs: 3_000 } });
    const url = adminUrl(service);
    expect((await fetch(`${url}/livez`)).status).toBe(200);
    expect((await fetch(`${url}/startupz`)).status).toBe(200);
    expect((await fetch(`${service.url}/readyz`)).status).toBe(200);
    const ready = await fetch(`${url}/readyz?verbose`);
    expect([ready.status, await ready.json()]).toEqual([
      200,
      {
        ok: true,
        checks: { stores: "ok", keys: "ok", clock: "ok", postgres: "ok", redis: "ok", draining: "no" },
      },
    ]);

    const ended = service.replicas[0]?.server[Symbol.asyncDispose]();
    // All at the same time: the drain waits only so long.
    const [onMainPort, draining, live, status] = await Promise.all([
      fetch(`${service.url}/readyz`),
      fetch(`${url}/readyz?verbose`),
      fetch(`${url}/livez`),
      service.client.getMfaStatus({ userId: "alice" }),
    ]);
    expect([draining.status, await draining.json()]).toMatchObject([503, { checks: { draining: "yes" } }]);
    expect([onMainPort.status, await onMainPort.text()]).toEqual([503, ""]);
    expect([live.status, status.enabled]).toEqual([200, false]);
    await ended;
    await expect(fetch(`${url}/livez`)).rejects.toThrow();
  });

  test("the admin port is what the healthcheck command asks", async () => {
    await using service = await startTestService();
    const { port } = service.replicas[0]?.server.adminAddress ?? { port: 0 };
    const noted: string[] = [];
    const note = (line: string) => void noted.push(line);
    expect(await runHealthcheck({ ...service.config, adminPort: port }, note)).toBe(0);
    expect(noted).toEqual([]);
    expect(await runHealthcheck({ ...service.config, adminPort: 1 }, note)).toBe(1);
    expect(await runHealthcheck({ ...service.config, adminPort: 3 }, note)).toBe(1);
    expect(noted.slice(1)).toEqual([
      expect.stringMatching(/^countersign: http:.*:3\/livez does not answer \(ADMIN_PORT.*ECONNREFUSED/),
    ]);
  });
});

test.each([
  [true, "grpc.reflection.v1.ServerReflection"],
  [false, undefined],
])("reflection is served as configured: %s", async (reflection, expected) => {
  await using service = await startTestService({ config: { reflection } });
  const client = new GrpcReflection(new URL(service.url).host, credentials.createInsecure(), undefined, "v1");
  const listed = await client.listServices().catch(() => []);
  expect(listed.find((name) => name === "grpc.reflection.v1.ServerReflection")).toBe(expected);
});
