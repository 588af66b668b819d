import { randomBytes } from "node:crypto";
import { createClient } from "@connectrpc/connect";
import { createGrpcTransport } from "@connectrpc/connect-node";
import { MfaService } from "@countersign/protocol/countersign/mfa/v1/mfa_service_pb.js";
import { expect, test } from "vitest";
import { type Command, outboxUrl, servedUrl, startCommand } from "../support/command.js";
import { beginTotp } from "../support/enrolment/enrolment.js";
import { createTestDatabase } from "../support/stores/database.js";
import { type FaultProxy, startFaultProxy } from "../support/stores/fault-proxy.js";
import { createTestRedis } from "../support/stores/redis.js";

const RAISE = new URL("../support/raise-on-signal.mjs", import.meta.url);

interface Serving extends AsyncDisposable {
  readonly command: Command;
  readonly url: string;
  readonly readyz: () => Promise<number>;
  readonly postgres: FaultProxy;
}

/** The service as a process of its own, Postgres by way of a proxy, which raises an error on SIGUSR2. */
async function serve(env: Readonly<Record<string, string>>): Promise<Serving> {
  const database = await createTestDatabase();
  const redis = createTestRedis();
  const { hostname: host, port } = new URL(database.url);
  const postgres = await startFaultProxy({ host, port: Number(port) });
  const databaseUrl = new URL(database.url);
  databaseUrl.hostname = postgres.host;
  databaseUrl.port = String(postgres.port);
  const command = startCommand(["serve"], {
    NODE_OPTIONS: `--import=${RAISE.href}`,
    PORT: "0",
    ADMIN_PORT: "0",
    DATABASE_URL: databaseUrl.href,
    REDIS_URL: redis.url,
    REDIS_KEY_PREFIX: redis.keyPrefix,
    ENCRYPTION_KEY: randomBytes(32).toString("base64"),
    RATE_LIMIT_ENABLED: "false",
    ...env,
  });
  await expect.poll(() => servedUrl(command.stdout())).toBeDefined();
  const readyz = new URL("/readyz", outboxUrl(command.stdout()));
  return {
    command,
    url: servedUrl(command.stdout())!,
    readyz: async () => (await fetch(readyz)).status,
    postgres,
    async [Symbol.asyncDispose]() {
      command.child.kill("SIGKILL");
      await postgres[Symbol.asyncDispose]();
      await redis[Symbol.asyncDispose]();
      await database[Symbol.asyncDispose]();
    },
  };
}

const clientAt = (baseUrl: string) => createClient(MfaService, createGrpcTransport({ baseUrl }));

test.each(["rejection", "exception"])(
  "after an unhandled %s calls under way finish, readiness fails and the process exits with 1",
  async (kind) => {
    await using service = await serve({ RAISE: kind, DRAIN_DELAY_MS: "3000", SHUTDOWN_TIMEOUT_MS: "5000" });
    const client = clientAt(service.url);
    const { userId, authenticator, backupCodes } = await beginTotp(client);
    await client.verifySetup({ userId, code: authenticator.code(Date.now()) });
    expect(await service.readyz()).toBe(200);
    await service.postgres.set({ delay: 400, direction: "to-client" });
    const login = client.verifyCode({ userId, code: backupCodes[0]! });
    await new Promise((resolve) => setTimeout(resolve, 150));
    service.command.child.kill("SIGUSR2");
    await expect.poll(service.readyz, { interval: 5 }).toBe(503);
    expect((await login).outcome.case).toBe("approved");
    expect(await service.command.ended()).toBe(1);
    const output = service.command.stdout() + service.command.stderr();
    expect(output).toContain("fatal error; draining");
    expect(output).toContain("Failed query: select 1");
    expect(output).not.toMatch(/secret-(?:parameter|detail)/);
  },
);

test("a process that does not finish is ended once the time to shut down is over", async () => {
  const limits = { DRAIN_DELAY_MS: "0", SHUTDOWN_TIMEOUT_MS: "100" };
  await using service = await serve({ KEEP_RUNNING: "true", ...limits });
  const start = performance.now();
  service.command.child.kill("SIGUSR2");
  expect(await service.command.ended()).toBe(1);
  expect(performance.now() - start).toBeGreaterThan(4_990);
});
