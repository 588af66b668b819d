/** The pause after the first line; each further one is twice as long, up to the longest. */
const FIRST_PAUSE_MS = 30_000;
const LONGEST_PAUSE_MS = 900_000;
/** A failure within this time after a success belongs to the same outage, so that a flapping store does not fill the log. */
const SETTLED_MS = 2_000;
/** A further cause is logged after the next pause. */
const MAX_CAUSES = 20;

export interface OutageLogOptions {
  /** Logs the outage and the number of failures so far. Must not throw. */
  readonly report: (cause: string, failures: number) => void;
  /** Logs that it works again, and after how many seconds. Must not throw. */
  readonly reportEnd: (seconds: number) => void;
  /** Monotonic milliseconds. */
  readonly clock?: () => number;
}

interface Outage {
  readonly since: number;
  failures: number;
  lastFailureAt: number;
  readonly causes: Set<string>;
  nextLineAt: number;
  pauseMs: number;
}

/** Logs a continuing failure immediately, again if the cause changes, and at growing intervals; and logs when it works again. */
export class OutageLog {
  readonly #options: OutageLogOptions;
  readonly #clock: () => number;
  #outage: Outage | undefined;

  constructor(options: OutageLogOptions) {
    this.#options = options;
    this.#clock = options.clock ?? (() => performance.now());
  }

  failed(cause: string): void {
    const now = this.#clock();
    this.#outage ??= {
      since: now,
      failures: 0,
      lastFailureAt: now,
      causes: new Set(),
      nextLineAt: now,
      pauseMs: FIRST_PAUSE_MS,
    };
    const outage = this.#outage;
    outage.failures += 1;
    outage.lastFailureAt = now;
    const isNew = !outage.causes.has(cause) && outage.causes.size < MAX_CAUSES;
    if (!isNew && now < outage.nextLineAt) return;
    outage.causes.add(cause);
    if (now >= outage.nextLineAt) {
      outage.nextLineAt = now + outage.pauseMs;
      outage.pauseMs = Math.min(outage.pauseMs * 2, LONGEST_PAUSE_MS);
    }
    this.#options.report(cause, outage.failures);
  }

  /** Cheap while there is no outage. */
  worked(): void {
    const outage = this.#outage;
    if (outage === undefined) return;
    const now = this.#clock();
    if (now - outage.lastFailureAt < SETTLED_MS) return;
    this.#outage = undefined;
    this.#options.reportEnd(Math.round((now - outage.since) / 1_000));
  }
}
