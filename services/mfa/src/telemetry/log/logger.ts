import { type DestinationStream, type Logger, pino } from "pino";
import { standardOutput } from "./standard-output.js";

/** JSON lines, by default on standard output. Errors are written whole, with causes: they go to operators, never to callers. */
export function createLogger(level: string, destination: DestinationStream = standardOutput()): Logger {
  const options = { level, base: { service: "countersign" }, timestamp: pino.stdTimeFunctions.isoTime };
  return pino(options, destination);
}
