import { startTestService, type TestService, type TestServiceOptions } from "../../support/service.js";
import { until } from "../../support/until.js";

/** As production does: limits on the stores, and calls only once it is ready. */
export async function startReady(options: TestServiceOptions): Promise<TestService> {
  const limits = { databaseTimeLimitMs: 3_000, redisTimeLimitMs: 1_000 };
  const service = await startTestService({ ...options, config: { ...limits, ...options.config } });
  await until(() => isReady(service));
  return service;
}

export async function isReady({ replicas }: TestService): Promise<boolean> {
  const ports = replicas.map(({ server }) => server.adminAddress.port);
  const answers = await Promise.all(ports.map((port) => fetch(`http://127.0.0.1:${port}/readyz`)));
  return answers.every(({ ok }) => ok);
}
