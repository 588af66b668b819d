import { type DestinationStream, type Logger, pino } from "pino";

/** Bytes of lines that may wait for a reader who hangs. Beyond it they are lost: the log must not take the service down with it. */
const MAX_WAITING = 4 * 1_024 * 1_024;

/**
 * JSON lines, on standard output unless told otherwise. Errors are written whole, causes included: they go to operators, never to callers.
 */
export function createLogger(level: string, destination: DestinationStream = standardOutput()): Logger {
  const options = { level, base: { service: "countersign" }, timestamp: pino.stdTimeFunctions.isoTime };
  return pino(options, destination);
}

/** While one write is under way, lines of other calls wait and go together in the next: a system call each costs a tenth of a login. */
function standardOutput(): DestinationStream {
  return pino.destination({ fd: 1, sync: false, maxLength: MAX_WAITING });
}
