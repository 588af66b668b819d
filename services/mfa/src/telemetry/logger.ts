import { type Logger, pino } from "pino";

/** JSON lines on standard output. Errors are written whole, causes included: they go to operators, never to callers. */
export function createLogger(level: string): Logger {
  return pino({ level, base: { service: "countersign" }, timestamp: pino.stdTimeFunctions.isoTime });
}
