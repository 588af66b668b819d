interface FaultFields {
  readonly name: string;
  readonly message: string;
  readonly stack?: string;
  readonly cause?: FaultFields;
}

const DEPTH = 5;

/** A thrown value as log fields, causes included. Bound SQL parameters are cut off: they may hold what must not be logged. */
export function describeFault(thrown: unknown, depth = DEPTH): FaultFields {
  if (!(thrown instanceof Error))
    return { name: typeof thrown, message: "a value that is no Error was thrown" };
  const { name, message, stack, cause } = thrown;
  return {
    name,
    message: withoutParameters(message),
    ...(stack === undefined ? {} : { stack: withoutParameters(stack) }),
    ...(cause === undefined || depth === 0 ? {} : { cause: describeFault(cause, depth - 1) }),
  };
}

interface BriefFault {
  readonly name: string;
  /** SQLSTATE, or the system's or driver's own code. */
  readonly code?: string;
  readonly message: string;
}

/** The root cause in one line: no stack, and neither text nor parameters of a statement, which are in the wrapping errors. */
export function briefFault(thrown: unknown): BriefFault {
  if (!(thrown instanceof Error))
    return { name: typeof thrown, message: "a value that is no Error was thrown" };
  if (thrown.cause instanceof Error) return briefFault(thrown.cause);
  const [message = ""] = thrown.message.split("\n");
  const code = "code" in thrown && typeof thrown.code === "string" ? { code: thrown.code } : {};
  return { name: thrown.name, ...code, message };
}

/** Drizzle ends the text of a failed query with `params: …`, which is also at the start of the stack. */
function withoutParameters(text: string): string {
  const [head = "", tail] = text.split(/^params: /m, 2);
  if (tail === undefined) return text;
  const frames = tail.search(/^ {4}at /m);
  return `${head}params: [redacted]${frames === -1 ? "" : `\n${tail.slice(frames)}`}`;
}
