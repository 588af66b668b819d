import { ConfigurationError } from "../../config/forms/configuration-error.js";
import type { ServiceConfig } from "../../config/service-config.js";
import { createLogger } from "../../telemetry/log/logger.js";
import type { ProgramContext } from "../command-line/program-context.js";
import { checkConfiguration } from "../doctor/check-configuration.js";
import { warnOfUnserved } from "../doctor/check-delivery.js";
import { checkKeys } from "../doctor/check-keys.js";
import { carryThrough } from "../findings/carry-through.js";
import { type Finding, findingsOf } from "../findings/finding.js";
import { printFindings } from "../findings/print-findings.js";

/** Validates the environment and its files without reaching any server. Exit code 2: the service would not start. */
export async function runConfigCheck(
  context: ProgramContext,
  { json }: { readonly json: boolean | undefined },
): Promise<number> {
  const { fatal } = await printFindings(context, examine(context), {
    json,
    summary: (counts) =>
      counts.fatal > 0 ? `the service would not start: ${counts.fatal} fatal` : "the configuration is good",
  });
  return fatal > 0 ? 2 : 0;
}

async function* examine({ configs }: ProgramContext): AsyncIterable<Finding> {
  let config: ServiceConfig;
  try {
    config = await configs.service();
  } catch (error) {
    if (!(error instanceof ConfigurationError)) throw error;
    for (const problem of error.problems) yield findingsOf("configuration").fatal(problem);
    return;
  }
  yield* carryThrough("configuration", checkConfiguration(config), "fatal");
  const keys = checkKeys({ ...config, stores: undefined }, createLogger("silent"));
  yield* carryThrough("keys", keys, "fatal");
  yield* warnOfUnserved(config);
}
