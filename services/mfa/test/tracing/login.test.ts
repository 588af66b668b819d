import { randomUUID } from "node:crypto";
import { Method } from "@countersign/protocol/countersign/mfa/v1/method_pb.js";
import * as conventions from "@opentelemetry/semantic-conventions";
import { Redis } from "ioredis";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { UserId } from "../../src/domain/user-id.js";
import { keysOfUser } from "../../src/storage/redis/client/user-keys.js";
import { wrongCode } from "../support/enrolment/authenticator.js";
import { enrolTotp } from "../support/enrolment/enrolment.js";
import type { TestService } from "../support/service.js";
import type { Collector } from "./support/collector.js";
import type { ReceivedSpan } from "./support/received-span.js";
import { callersSpan, startTracedService, type TracedService } from "./support/traced-service.js";

const READ = "SELECT mfa_recovery_codes SELECT mfa_settings SELECT mfa_factors";
const ACCEPT = "SELECT mfa_settings UPDATE mfa_factors UPDATE mfa_settings INSERT mfa_audit_events";

let traced: TracedService;
let service: TestService;
let collector: Collector;
beforeAll(async () => {
  traced = await startTracedService();
  ({ service, collector } = traced);
});
afterAll(() => traced[Symbol.asyncDispose]());

function named(spans: readonly ReceivedSpan[], name: string): ReceivedSpan {
  const [found, ...others] = spans.filter((span) => span.name === name);
  if (found === undefined || others.length > 0) throw new Error(`${others.length} spans ${name}`);
  return found;
}

/** Concurrent calls: enough that some share a statement. */
const MANY = 12;
const VERIFY = "countersign.mfa.v1.MfaService/VerifyCode";

test("a login by gRPC is one tree below the caller's span: the call, the charged guess, the read and the acceptance", async () => {
  const { userId, authenticator } = await enrolTotp(service.client, service.clock);
  const caller = callersSpan();
  const code = authenticator.code(service.clock.ms);
  const { outcome } = await service.client.verifyCode({ userId, code }, caller);
  expect(outcome.case).toBe("approved");

  const spans = await collector.trace(caller.traceId);
  const call = named(spans, VERIFY);
  expect(call).toMatchObject({
    parentSpanId: caller.spanId,
    kind: "SERVER",
    failed: false,
    attributes: {
      "rpc.system.name": "grpc",
      "rpc.method": VERIFY,
      "rpc.status_code": "OK",
      "server.address": "127.0.0.1",
      "server.port": Number(new URL(service.url).port),
    },
    resource: { "service.name": "countersign" },
  });
  for (const name of ["EVALSHA guess", READ, ACCEPT]) {
    expect(named(spans, name)).toMatchObject({ parentSpanId: call.spanId, kind: "CLIENT", failed: false });
  }
  expect(named(spans, "EVALSHA guess").attributes).toEqual({
    "db.system.name": "redis",
    "db.operation.name": "EVALSHA",
    "db.stored_procedure.name": "guess",
    ...serverOf(service.config.stores?.redis.url),
  });
  expect(named(spans, ACCEPT).attributes).toEqual({
    "db.system.name": "postgresql",
    "db.query.summary": ACCEPT,
    "db.namespace": new URL(service.database.url).pathname.slice(1),
    ...serverOf(service.database.url),
  });
});

test("statements of a transaction are shown below the call that needs it", async () => {
  const caller = callersSpan();
  await service.client.setupMfa({ userId: randomUUID(), method: Method.TOTP }, caller);
  const spans = await collector.trace(caller.traceId);
  const call = named(spans, "countersign.mfa.v1.MfaService/SetupMfa");
  for (const name of ["INSERT mfa_factors", "INSERT mfa_audit_events"])
    expect(named(spans, name).parentSpanId).toBe(call.spanId);
});

test("a wrong code and a broken precondition are the server doing its work, and no fault", async () => {
  const { userId, authenticator } = await enrolTotp(service.client, service.clock);
  const [wrong, unknown] = [callersSpan(), callersSpan()];
  await service.client.verifyCode({ userId, code: wrongCode(authenticator, service.clock.ms) }, wrong);
  await expect(service.client.verifyCode({ userId: "nobody", code: "123456" }, unknown)).rejects.toThrow();

  const rejected = named(await collector.trace(wrong.traceId), VERIFY);
  expect(rejected).toMatchObject({ failed: false, attributes: { "rpc.status_code": "OK" } });
  const refused = named(await collector.trace(unknown.traceId), VERIFY);
  expect(refused).toMatchObject({
    failed: false,
    attributes: { "rpc.status_code": "FAILED_PRECONDITION", "countersign.reason": "MFA_NOT_ENABLED" },
  });
  expect(refused.attributes).not.toHaveProperty("error.type");
});

test("a statement that fails is shown with its code, and its call with an error", async () => {
  const { sql } = service.database;
  const caller = callersSpan();
  await sql`alter table mfa_settings rename to away`;
  try {
    await expect(service.client.getMfaStatus({ userId: randomUUID() }, caller)).rejects.toThrow();
  } finally {
    await sql`alter table away rename to mfa_settings`;
  }
  const spans = await collector.trace(caller.traceId);
  expect(named(spans, READ)).toMatchObject({
    failed: true,
    statusMessage: "",
    events: 0,
    attributes: { "error.type": "42P01", "db.response.status_code": "42P01" },
  });
  expect(named(spans, "countersign.mfa.v1.MfaService/GetMfaStatus")).toMatchObject({
    failed: true,
    statusMessage: "",
    attributes: { "rpc.status_code": "INTERNAL", "error.type": "INTERNAL", "countersign.reason": "INTERNAL" },
  });
});

test("a command that fails is shown with Redis's word for it", async () => {
  const { userId, authenticator } = await enrolTotp(service.client, service.clock);
  const redis = new Redis(service.config.stores?.redis.url ?? "");
  const caller = callersSpan();
  await redis.set(keysOfUser(service.config.redisKeyPrefix, userId as UserId).scope("primary"), "a text");
  redis.disconnect();
  const code = authenticator.code(service.clock.ms);
  await expect(service.client.verifyCode({ userId, code }, caller)).rejects.toThrow();
  const spans = await collector.trace(caller.traceId);
  expect(named(spans, "EVALSHA guess")).toMatchObject({
    failed: true,
    attributes: { "error.type": "WRONGTYPE", "db.response.status_code": "WRONGTYPE" },
  });
  expect(named(spans, VERIFY).attributes["countersign.reason"]).toBe("STORE_UNAVAILABLE");
});

test("a call by Connect is named by Connect's words, and one for what is not served by none of its own", async () => {
  const [known, unknown] = [callersSpan(), callersSpan()];
  const post = (path: string, headers: Record<string, string>) =>
    fetch(`${service.url}/${path}`, {
      method: "POST",
      headers: { ...headers, "content-type": "application/json" },
      body: JSON.stringify({ userId: "nobody", code: "123456" }),
    });
  await post(VERIFY, known.headers);
  await post("who@example.com/Secret", unknown.headers);

  expect(named(await collector.trace(known.traceId), VERIFY).attributes).toMatchObject({
    "rpc.system.name": "connectrpc",
    "rpc.status_code": "failed_precondition",
  });
  expect(named(await collector.trace(unknown.traceId), "connectrpc")).toMatchObject({
    failed: true,
    attributes: { "rpc.method": "_OTHER", "rpc.status_code": "unimplemented", "error.type": "unimplemented" },
  });
});

test("health checks are not traced: load balancers ask all the time", async () => {
  const [probe, call] = [callersSpan(), callersSpan()];
  const answer = await fetch(`${service.url}/grpc.health.v1.Health/Check`, {
    method: "POST",
    headers: { ...probe.headers, "content-type": "application/json" },
    body: "{}",
  });
  expect(answer.status).toBe(200);
  await service.client.getMfaStatus({ userId: randomUUID() }, call);
  await collector.trace(call.traceId);
  expect(collector.spans.filter(({ traceId }) => traceId === probe.traceId)).toEqual([]);
});

test("a statement that serves many calls is below one of them, and linked with each of them both ways", async () => {
  const { client, clock } = service;
  const logins = [];
  while (logins.length < MANY) {
    logins.push({ ...(await enrolTotp(client, clock)), caller: callersSpan() });
  }
  const answers = await Promise.all(
    logins.map(({ userId, authenticator, caller }) =>
      client.verifyCode({ userId, code: authenticator.code(clock.ms) }, caller),
    ),
  );
  expect(answers.filter(({ outcome }) => outcome.case === "approved")).toHaveLength(MANY);

  const spans = (await Promise.all(logins.map(({ caller }) => collector.trace(caller.traceId)))).flat();
  const calls = new Map(spans.filter(({ kind }) => kind === "SERVER").map((call) => [call.spanId, call]));
  const shared = spans.filter(({ links, kind }) => kind === "CLIENT" && links.length > 1);
  expect(shared.length).toBeGreaterThan(0);
  for (const statement of shared) {
    expect(statement.attributes["db.operation.batch.size"]).toBe(statement.links.length);
    expect(statement.links).toContain(statement.parentSpanId);
    for (const served of statement.links) {
      const call = calls.get(served);
      expect(call, "a link leads to a call").toBeDefined();
      if (served !== statement.parentSpanId) expect(call?.links).toContain(statement.spanId);
    }
  }
});

test("a call that is not recorded is not shown by a statement that serves it beside others", async () => {
  const { client } = service;
  const callers = Array.from({ length: MANY }, (_, index) => callersSpan(index % 2 === 1));
  await Promise.all(callers.map((caller) => client.getMfaStatus({ userId: "nobody" }, caller)));
  const recorded = callers.filter(({ headers }) => headers.traceparent.endsWith("01"));
  const spans = (await Promise.all(recorded.map(({ traceId }) => collector.trace(traceId)))).flat();
  const calls = new Set(spans.filter(({ kind }) => kind === "SERVER").map(({ spanId }) => spanId));
  expect(calls.size).toBe(MANY / 2);
  for (const { links } of spans.filter(({ kind }) => kind === "CLIENT"))
    for (const served of links) expect(calls).toContain(served);
  const unrecorded = new Set(
    callers.filter((each) => !recorded.includes(each)).map(({ traceId }) => traceId),
  );
  expect(collector.spans.filter(({ traceId }) => unrecorded.has(traceId))).toEqual([]);
});

test("no user, code or secret is in what was exported", async () => {
  const userId = `whoever-${randomUUID()}`;
  const { authenticator, backupCodes } = await enrolTotp(service.client, service.clock, userId);
  const caller = callersSpan();
  const codes = [authenticator.code(service.clock.ms), ...backupCodes.slice(0, 2)];
  for (const code of codes) await service.client.verifyCode({ userId, code });
  await service.client.getMfaStatus({ userId }, caller);
  await collector.trace(caller.traceId);
  const exported = Buffer.concat(collector.bodies).toString("latin1");
  for (const untold of [userId, ...codes]) expect(exported).not.toContain(untold);
});

test("every attribute is one of OpenTelemetry's stable conventions, or ours", () => {
  const stable = new Set<unknown>(Object.values(conventions));
  const used = new Set(collector.spans.flatMap(({ attributes }) => Object.keys(attributes)));
  expect(used.size).toBeGreaterThan(10);
  expect([...used].filter((name) => !stable.has(name) && !name.startsWith("countersign."))).toEqual([]);
});

function serverOf(url = ""): Record<string, string | number> {
  const { hostname, port } = new URL(url);
  return { "server.address": hostname, "server.port": Number(port) };
}
