import type { Log, Tracer } from "@countersign/telemetry-ports";

/** A log whose lines name the call, the trace and the span that the running code works for, unless they do so themselves. */
export function tracedLog(log: Log, tracer: Tracer): Log {
  const named = (fields: object) => ({ ...tracer.logFields(), ...fields });
  return {
    debug: (fields, message) => log.debug(named(fields), message),
    info: (fields, message) => log.info(named(fields), message),
    warn: (fields, message) => log.warn(named(fields), message),
    error: (fields, message) => log.error(named(fields), message),
    // Whoever makes a child names what it is about: two fields of one name would be no valid line.
    child: (fields) => log.child(fields),
  };
}
