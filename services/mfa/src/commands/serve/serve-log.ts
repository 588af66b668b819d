import type { Log } from "@countersign/telemetry-ports";
import type { ServiceConfig } from "../../config/service-config.js";
import { logFormatOf, prettyOutput } from "../../telemetry/log/log-format.js";
import { createLogger } from "../../telemetry/log/logger.js";
import { standardOutput } from "../../telemetry/log/standard-output.js";
import { banner } from "./banner.js";
import { addressesOf, type Bound, servingFields, startFields } from "./start-lines.js";

/** The log of a server, and the lines about its start and end. These are written at every level except `silent`, because they identify the rest. */
interface ServeLog {
  readonly log: Log;
  readonly starting: () => void;
  /** Once the port is open. */
  readonly serving: (server: Bound) => void;
  readonly draining: (because: string) => void;
}

/** `isTerminal`: whether the output is a terminal. */
export function openServeLog(config: ServiceConfig, isTerminal: boolean): ServeLog {
  const output = standardOutput();
  const pretty = logFormatOf(config, isTerminal) === "pretty";
  const log = createLogger(config.logLevel, pretty ? prettyOutput(output) : output);
  const life = log.child({}, { level: config.logLevel === "silent" ? "silent" : "info" });
  return {
    log,
    starting() {
      if (!pretty) life.info(startFields(config), "starting");
    },
    serving(server) {
      const { url } = addressesOf(config, server);
      if (pretty) output.write(banner(config, server));
      else life.info(servingFields(config, server), `serves on ${url}`);
    },
    draining: (because) => life.info({ because }, "draining"),
  };
}
