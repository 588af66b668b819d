import { afterEach, expect, test, vi } from "vitest";
import { recordingLog } from "../net/support/recording-log.js";
import { enrolTotp } from "../support/enrolment/enrolment.js";
import { scrape } from "../support/scrape.js";
import { callersSpan, startTracedService, type TracedService } from "./support/traced-service.js";

let traced: TracedService | undefined;
afterEach(() => traced?.[Symbol.asyncDispose]());

const ENDED = "countersign_trace_spans_ended_total";
const EXPORTED = "countersign_trace_spans_exported_total";

async function samplesOf({ service }: TracedService): Promise<ReadonlyMap<string, number>> {
  const [replica] = service.replicas;
  if (replica === undefined) throw new Error("no replica");
  return scrape(replica);
}

async function logIn({ service }: TracedService): Promise<void> {
  const { userId, authenticator } = await enrolTotp(service.client, service.clock);
  const { outcome } = await service.client.verifyCode({ userId, code: authenticator.code(service.clock.ms) });
  expect(outcome.case).toBe("approved");
}

test.each([
  ["answers nothing", "hang"],
  ["refuses what it is sent", 400],
  ["is overloaded", 503],
] as const)("a collector that %s harms no call, and does not hold up the end", async (_, answer) => {
  // Whoever waited for the exporter would wait for longer than a test has.
  vi.stubEnv("OTEL_EXPORTER_OTLP_TIMEOUT", "600000");
  vi.stubEnv("OTEL_BSP_EXPORT_TIMEOUT", "600000");
  traced = await startTracedService();
  traced.collector.answer = answer;
  await logIn(traced);
  const samples = await samplesOf(traced);
  expect(samples.get(ENDED)).toBeGreaterThan(10);
  expect(samples.get(EXPORTED)).toBe(0);
  await traced.service.replicas[0]?.server[Symbol.asyncDispose]();
});

test("a collector that is not there is logged, by the system's word for it and not for every export", async () => {
  // So that the exporter does not try again for long.
  vi.stubEnv("OTEL_EXPORTER_OTLP_TIMEOUT", "200");
  const log = recordingLog();
  traced = await startTracedService({ overrides: { log }, tracing: { url: "http://127.0.0.1:1/v1/traces" } });
  const said = () => log.lines.filter(({ message }) => message === "exporting spans failed");
  await logIn(traced);
  await expect.poll(() => said().length).toBe(1);
  expect(said()[0]).toMatchObject({ level: "warn", fields: { reason: "ECONNREFUSED" } });
  await logIn(traced);
  expect(said()).toHaveLength(1);
});

test("what has ended is sent before the process does", async () => {
  traced = await startTracedService();
  vi.stubEnv("OTEL_BSP_SCHEDULE_DELAY", "60000");
  await traced.service.restart();
  const caller = callersSpan();
  await traced.service.client.getMfaStatus({ userId: "nobody" }, caller);
  expect(traced.collector.spans.some(({ traceId }) => traceId === caller.traceId)).toBe(false);
  await traced.service.restart();
  expect(traced.collector.spans.some(({ traceId }) => traceId === caller.traceId)).toBe(true);
});

test("spans that a collector takes are counted", async () => {
  traced = await startTracedService();
  await logIn(traced);
  const current = traced;
  await expect
    .poll(async () => {
      const samples = await samplesOf(current);
      return (samples.get(ENDED) ?? 0) > 10 && samples.get(ENDED) === samples.get(EXPORTED);
    })
    .toBe(true);
});
