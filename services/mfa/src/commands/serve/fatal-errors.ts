import { describeFault, type Log } from "@countersign/telemetry-ports";

/** A recurring error must not fill the log while calls finish. */
const MAX_LOGGED = 10;

export interface FatalErrors extends Disposable {
  /** Whether there was one. */
  readonly met: boolean;
  /** Resolves at the first one; the process should then drain and end. */
  readonly first: Promise<void>;
}

interface FatalErrorOptions {
  readonly log: Log;
  /** How long the process may run on after the first one, in milliseconds. Then it is ended. */
  readonly limitMs: number;
}

/**
 * Prevents an uncaught exception or unhandled rejection from ending the process immediately, so that calls under way can finish. The state of the
 * process may be corrupt from then on: it takes no new work and ends within the limit. Errors are logged without the parameters of statements.
 */
export function watchFatalErrors({ log, limitMs }: FatalErrorOptions): FatalErrors {
  let met = 0;
  let resolveFirst: () => void = () => undefined;
  const first = new Promise<void>((resolve) => {
    resolveFirst = resolve;
  });
  function note(thrown: unknown, origin: NodeJS.UncaughtExceptionOrigin): void {
    met += 1;
    if (met === 1) setTimeout(() => process.exit(1), limitMs).unref();
    resolveFirst();
    if (met <= MAX_LOGGED) log.error({ error: describeFault(thrown), origin }, "fatal error; draining");
  }
  // Node raises an unhandled rejection as an uncaught exception, with its own origin.
  process.on("uncaughtException", note);
  return {
    get met() {
      return met > 0;
    },
    first,
    // The timer stays: something that did not close may keep the process alive.
    [Symbol.dispose]: () => void process.off("uncaughtException", note),
  };
}
