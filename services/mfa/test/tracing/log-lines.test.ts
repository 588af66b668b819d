import { randomUUID } from "node:crypto";
import { Method } from "@countersign/protocol/countersign/mfa/v1/method_pb.js";
import { afterEach, describe, expect, test } from "vitest";
import { type LogLine, recordingLog } from "../net/support/recording-log.js";
import { DEFAULT_MFA_POLICY } from "../support/security.js";
import { startTestService, type TestService } from "../support/service.js";
import { callersSpan, startTracedService } from "./support/traced-service.js";

const owners: AsyncDisposable[] = [];
afterEach(async () => {
  for (const owner of owners.splice(0)) await owner[Symbol.asyncDispose]();
});

/** Nobody listens at port 1: each delivery fails. */
const WEBHOOK = {
  kind: "webhook",
  name: "email_webhook",
  url: new URL("http://127.0.0.1:1/"),
  secret: "0123456789abcdef0123456789abcdef",
} as const;

const log = recordingLog();
const config = {
  delivery: {
    sms: undefined,
    email: { primary: WEBHOOK, fallback: undefined },
    limits: { tryMs: 10_000, totalMs: 20_000, failuresToOpen: 5, openForMs: 30_000 },
  },
} as const;
const options = {
  config,
  overrides: {
    log,
    policy: () => ({ ...DEFAULT_MFA_POLICY, allowedMethods: new Set(["totp", "email"] as const) }),
  },
};

/** Every line about a call that a provider fails, and one whose tidying up fails later. */
async function linesOf(service: TestService, headers: Record<string, string>): Promise<readonly LogLine[]> {
  const requestId = `request-${randomUUID()}`;
  log.lines.length = 0;
  await service.client
    .setupMfa(
      { userId: randomUUID(), method: Method.EMAIL, email: "someone@example.com" },
      { headers: { ...headers, "x-request-id": requestId } },
    )
    .catch(() => undefined);
  const lines = log.lines.filter(({ message }) => message !== "not ready yet");
  expect(lines.map(({ message }) => message)).toEqual(["provider did not accept the message", "call"]);
  for (const { fields } of lines) expect(fields.request_id).toBe(requestId);
  return lines;
}

describe("every line about a call names the request", () => {
  test("every line about a call names the request, and its trace and span, where calls are traced", async () => {
    const traced = await startTracedService(options);
    owners.push(traced);
    const caller = callersSpan();
    const [delivery, call] = await linesOf(traced.service, caller.headers);
    const spans = await traced.collector.trace(caller.traceId);
    const idOf = (name: string) => spans.find((span) => span.name === name)?.spanId;
    expect(delivery?.fields).toMatchObject({ trace_id: caller.traceId, span_id: idOf("deliver email") });
    expect(call?.fields).toMatchObject({
      trace_id: caller.traceId,
      span_id: idOf("countersign.mfa.v1.MfaService/SetupMfa"),
    });
  });

  test("every line about a call names the request also of a call that is not recorded", async () => {
    const traced = await startTracedService(options);
    owners.push(traced);
    const caller = callersSpan(false);
    for (const { fields } of await linesOf(traced.service, caller.headers))
      expect(fields).toMatchObject({ trace_id: caller.traceId });
  });

  test("every line about a call names the request, and its caller's trace, where nothing is traced here", async () => {
    const service = await startTestService(options);
    owners.push(service);
    const caller = callersSpan();
    const lines = await linesOf(service, caller.headers);
    expect(lines.at(-1)?.fields).toMatchObject({ trace_id: caller.traceId });
    expect(lines.at(-1)?.fields.span_id).toBeUndefined();
  });
});
