import type { Log } from "@countersign/telemetry-ports";

/** Whether Redis may keep counting guesses. */
export interface RedisFitness {
  /** Why it may not, in words, or undefined. Rejects if Redis does not answer. */
  whyUnfit(): Promise<string | undefined>;
  /** Calls `look` after each new connection, which may be to another server. */
  onConnected(look: () => void): void;
}

/** Checks Redis repeatedly, from `start` on. */
export interface FitnessWatch extends AsyncDisposable {
  start(): void;
  /** Why Redis must not be used, by the last check. */
  readonly why: () => string | undefined;
}

/**
 * Makes the replica unready while Redis could evict counters: after a failover another server with other settings may be the master, and settings
 * change. A Redis that does not answer changes nothing: calls then fail with UNAVAILABLE, and otherwise all replicas would leave simultaneously.
 */
export function watchFitness(options: {
  readonly redis: RedisFitness;
  readonly onChange: (fit: boolean) => void;
  readonly intervalMs: number;
  readonly log: Log;
}): FitnessWatch {
  const { redis, onChange, log } = options;
  let why: string | undefined;
  let started = false;
  let looking = Promise.resolve();
  let timer: NodeJS.Timeout | undefined;

  async function look(): Promise<void> {
    const before = why;
    try {
      why = await redis.whyUnfit();
    } catch {
      return;
    }
    if (before === why || !started) return;
    if (why === undefined) log.info({}, "Redis no longer evicts counters; ready");
    else log.error({ reason: why }, "not ready: Redis may evict counters");
    onChange(why === undefined);
  }
  const lookSoon = () => {
    if (started) looking = looking.then(look);
  };
  redis.onConnected(lookSoon);
  return {
    why: () => why,
    start() {
      started = true;
      timer = setInterval(lookSoon, options.intervalMs).unref();
    },
    async [Symbol.asyncDispose]() {
      started = false;
      clearInterval(timer);
      await looking;
    },
  };
}
