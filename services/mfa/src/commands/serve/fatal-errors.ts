import { describeFault, type Log } from "@countersign/telemetry-ports";

/** An error that repeats itself must not fill the log while calls finish. */
const MAX_LOGGED = 10;

export interface FatalErrors extends Disposable {
  /** Whether there was one. */
  readonly met: boolean;
  /** Resolves with the first one; the process should then drain and end. */
  readonly first: Promise<void>;
}

interface FatalErrorOptions {
  readonly log: Log;
  /** How long after the first one the process may go on at most, in milliseconds. Beyond it the process is ended as it is. */
  readonly limitMs: number;
}

/**
 * Keeps an uncaught exception or unhandled rejection from ending the process at once, so that calls under way can finish. What the process
 * knows may be wrong from then on: it takes no new work and ends within the limit. Errors are logged without the parameters of statements.
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
  // Node raises a rejection that nobody handles as an uncaught exception, with its own origin.
  process.on("uncaughtException", note);
  return {
    get met() {
      return met > 0;
    },
    first,
    // The limit stays, as the process may be kept by what did not close.
    [Symbol.dispose]: () => void process.off("uncaughtException", note),
  };
}
