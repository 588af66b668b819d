import type { Log } from "@countersign/telemetry-ports";

/** Whether Redis may go on to count guesses. */
export interface RedisFitness {
  /** Why it may not, in words, or undefined. Rejects when Redis does not answer. */
  whyUnfit(): Promise<string | undefined>;
  /** Calls `look` whenever there is a new connection: perhaps to another server. */
  onConnected(look: () => void): void;
}

/** Looks at Redis again and again, from `start` on. */
export interface FitnessWatch extends AsyncDisposable {
  start(): void;
  /** Why Redis must not be used, as it was seen last. */
  readonly why: () => string | undefined;
}

/**
 * Takes readiness away while Redis could evict what it counts: after a failover another server may be the master, with settings of its own, and
 * settings change. A Redis that does not answer changes nothing: calls are UNAVAILABLE then, and every replica would leave at once.
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
    if (why === undefined) log.info({}, "Redis keeps what it counts again: ready");
    else log.error({ reason: why }, "not ready: Redis may evict what it counts");
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
