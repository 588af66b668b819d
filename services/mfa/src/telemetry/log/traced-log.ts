import type { Log, Tracer } from "@countersign/telemetry-ports";

/** A log that adds the current call, trace and span to each line, unless the line has them. */
export function tracedLog(log: Log, tracer: Tracer): Log {
  const named = (fields: object) => ({ ...tracer.logFields(), ...fields });
  return {
    debug: (fields, message) => log.debug(named(fields), message),
    info: (fields, message) => log.info(named(fields), message),
    warn: (fields, message) => log.warn(named(fields), message),
    error: (fields, message) => log.error(named(fields), message),
    // A child logger has these fields already: two fields of one name would make the line invalid.
    child: (fields) => log.child(fields),
  };
}
