import { randomUUID } from "node:crypto";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { callersSpan, startTracedService, type TracedService } from "./support/traced-service.js";

let traced: TracedService;
afterEach(() => traced[Symbol.asyncDispose]());

async function ask(headers: Record<string, string>): Promise<void> {
  await traced.service.client.getMfaStatus({ userId: randomUUID() }, { headers });
}

test("JSON is sent where it is asked for, with the headers of the collector and the attributes of the process", async () => {
  traced = await startTracedService({
    tracing: {
      encoding: "json",
      headers: { authorization: "Bearer of-the-collector" },
      resource: { "service.name": "mfa-eu", "k8s.pod.name": "countersign-1" },
    },
  });
  const caller = callersSpan();
  await ask(caller.headers);
  const spans = await traced.collector.trace(caller.traceId);
  const call = spans.find(({ kind }) => kind === "SERVER");
  expect(call).toMatchObject({
    parentSpanId: caller.spanId,
    attributes: { "rpc.status_code": "OK" },
    resource: { "service.name": "mfa-eu", "k8s.pod.name": "countersign-1" },
  });
  expect(traced.collector.headers[0]).toMatchObject({
    "content-type": "application/json",
    authorization: "Bearer of-the-collector",
  });
});

test("callers decide whether their calls are recorded, and the ratio does for the others", async () => {
  traced = await startTracedService({ tracing: { sampler: { name: "parentbased_traceidratio", ratio: 0 } } });
  const [recorded, not] = [callersSpan(true), callersSpan(false)];
  await ask({});
  await ask(not.headers);
  await ask(recorded.headers);
  await traced.collector.trace(recorded.traceId);
  expect(new Set(traced.collector.spans.map(({ traceId }) => traceId))).toEqual(new Set([recorded.traceId]));
});

test("with the sampler always_off callers cannot have anything recorded", async () => {
  traced = await startTracedService({ tracing: { sampler: { name: "always_off", ratio: 1 } } });
  await ask(callersSpan().headers);
  await traced.service.restart();
  expect(traced.collector.spans).toEqual([]);
});

describe("of what callers send", () => {
  beforeEach(async () => {
    traced = await startTracedService();
  });

  test("a traceparent that names no span begins a new trace", async () => {
    const malformed = [
      "00-xyz-00f067aa0ba902b7-01",
      `00-${"0".repeat(32)}-00f067aa0ba902b7-01`,
      "ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
      "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-who@example.com",
    ];
    for (const traceparent of malformed) await ask({ traceparent });
    await traced.service.restart();
    const calls = traced.collector.spans.filter(({ kind }) => kind === "SERVER");
    expect(calls).toHaveLength(malformed.length);
    for (const { parentSpanId, traceId } of calls) {
      expect(parentSpanId).toBe("");
      expect(traceId).toMatch(/^[0-9a-f]{32}$/);
      expect(malformed.join()).not.toContain(traceId);
    }
  });

  test("free text beside it goes nowhere", async () => {
    const caller = callersSpan();
    await ask({
      ...caller.headers,
      tracestate: "vendor=who-it-is-about",
      baggage: "user=who-it-is-about",
      "x-request-id": "who-it-is-about",
    });
    const spans = await traced.collector.trace(caller.traceId);
    expect(spans.map(({ traceState }) => traceState).join("")).toBe("");
    expect(Buffer.concat(traced.collector.bodies).toString("latin1")).not.toContain("who-it-is-about");
  });
});
