import type { Log } from "@countersign/telemetry-ports";
import type { ServiceConfig } from "../config/service-config.js";
import type { TestKit } from "../test-kit/open-test-kit.js";

/** Loads the test kit if the configuration asks for it; otherwise nothing of it is loaded. Throws ConfigurationError if it is not allowed. */
export async function loadTestKit(config: ServiceConfig, log: Log): Promise<TestKit | undefined> {
  if (!config.testKit) return undefined;
  const { openTestKit } = await import("../test-kit/open-test-kit.js");
  const kit = openTestKit(config);
  log.warn({}, "the test kit is on: any process on this machine may move this service's clock");
  return kit;
}
