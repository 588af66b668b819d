import { type DestinationStream, type Logger, pino } from "pino";
import { standardOutput } from "./standard-output.js";

/**
 * JSON lines, on standard output unless told otherwise. Errors are written whole, causes included: they go to operators, never to callers.
 */
export function createLogger(level: string, destination: DestinationStream = standardOutput()): Logger {
  const options = { level, base: { service: "countersign" }, timestamp: pino.stdTimeFunctions.isoTime };
  return pino(options, destination);
}
