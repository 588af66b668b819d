import { createClient } from "@connectrpc/connect";
import { createGrpcTransport } from "@connectrpc/connect-node";
import { MfaService } from "@countersign/protocol/countersign/mfa/v1/mfa_service_pb.js";
import {
  Health,
  HealthCheckResponse_ServingStatus as Status,
} from "@countersign/protocol/grpc/health/v1/health_pb.js";
import { expect, test } from "vitest";
import { reasonOf } from "../support/client/errors.js";
import { enrolTotp } from "../support/enrolment/enrolment.js";
import { scrape } from "../support/scrape.js";
import { startTestService, type TestServiceOptions } from "../support/service.js";

/** A replica whose host's clock is `offset.seconds` ahead of the stores. */
async function start(offset: { seconds: number }, config: TestServiceOptions["config"] = {}) {
  return startTestService({
    overrides: { hostClock: () => Date.now() + offset.seconds * 1_000, clockCheckIntervalMs: 20 },
    config,
  });
}

type Service = Awaited<ReturnType<typeof start>>;

const readyz = async ({ replicas }: Service) => {
  const { address, port } = replicas[0]!.server.adminAddress;
  const response = await fetch(`http://${address}:${port}/readyz?verbose`);
  return { status: response.status, text: await response.text() };
};

test.each([6, -6, 300])(
  "a replica whose clock is set %d seconds off takes no calls, and serves again once it is right",
  async (seconds) => {
    const offset = { seconds: 0 };
    await using service = await start(offset);
    const { client, clock } = service;
    const { userId, authenticator } = await enrolTotp(client, clock);
    const health = createClient(Health, createGrpcTransport({ baseUrl: service.url }));

    offset.seconds = seconds;
    await expect.poll(() => readyz(service)).toMatchObject({ status: 503 });
    expect((await readyz(service)).text).toContain("clock");
    const code = authenticator.code(clock.ms);
    await expect(client.verifyCode({ userId, code })).rejects.toSatisfy(reasonOf("CLOCK_SKEWED"));
    const { status } = await health.check({ service: MfaService.typeName });
    expect(status).toBe(Status.NOT_SERVING);
    expect((await scrape(service.replicas[0]!)).get('countersign_ready{check="clock"}')).toBe(0);

    offset.seconds = 0;
    await expect.poll(() => readyz(service)).toMatchObject({ status: 200 });
    const answer = await client.verifyCode({ userId, code });
    expect(answer.outcome.case).toBe("approved");
  },
);

test("a replica that starts with a wrong clock does not become ready", async () => {
  await using service = await start({ seconds: 60 });
  expect((await readyz(service)).status).toBe(503);
});

test("a clock within the limit is right, and a limit of 0 trusts any", async () => {
  await using near = await start({ seconds: 4 });
  expect((await readyz(near)).status).toBe(200);
  await using unlimited = await start({ seconds: 600 }, { clockSkewLimitSeconds: 0 });
  expect((await readyz(unlimited)).status).toBe(200);
});
