import type { Log } from "@countersign/telemetry-ports";
import { OutageLog } from "../telemetry/log/outage-log.js";

/** The first pause before a retry; each further one is half as long again, up to the longest. */
const FIRST_RETRY_MS = 500;
const LONGEST_RETRY_MS = 3_000;

/** Waits for the stores. */
export interface ReadinessWatch extends AsyncDisposable {
  /** Resolves after the first try. */
  readonly first: Promise<void>;
  /** Why they cannot be used yet; undefined before the first try, and once they can. */
  why: () => string | undefined;
}

/** Retries until the stores have answered once and the schema is known; then calls `onReady` once. */
export function watchReadiness(options: {
  readonly check: () => Promise<void>;
  readonly onReady: () => void;
  /** The problem, in words. */
  readonly explain: (error: unknown) => string;
  readonly log: Log;
}): ReadinessWatch {
  const { log } = options;
  let closed = false;
  let timer: NodeJS.Timeout | undefined;
  let why: string | undefined;
  let pauseMs = FIRST_RETRY_MS;
  const outage = new OutageLog({
    report: (reason, tries) => log.warn({ err: reason, tries }, "not ready yet"),
    reportEnd: () => undefined,
  });

  async function attempt(): Promise<void> {
    try {
      await options.check();
      why = undefined;
      if (!closed) options.onReady();
    } catch (error) {
      log.debug({ err: error }, "not ready yet");
      if (closed) return;
      why = options.explain(error);
      outage.failed(why);
      timer = setTimeout(() => void attempt(), pauseMs);
      pauseMs = Math.min(pauseMs * 1.5, LONGEST_RETRY_MS);
    }
  }

  const first = attempt();
  return {
    first,
    why: () => why,
    async [Symbol.asyncDispose]() {
      closed = true;
      clearTimeout(timer);
      await first;
    },
  };
}

/** Why the stores cannot be used: the fault of each, or what is wrong with their answers. */
export function explainUnready(
  error: unknown,
  {
    whyPostgres,
    whyRedis,
  }: { readonly whyPostgres: () => string | undefined; readonly whyRedis: () => string | undefined },
): string {
  const stores = Object.entries({ Postgres: whyPostgres(), Redis: whyRedis() });
  const faults = stores.flatMap(([name, why]) => (why === undefined ? [] : [`${name} ${why}`]));
  if (faults.length > 0) return faults.join("; ");
  return error instanceof Error ? (error.message.split("\n")[0] ?? error.name) : "an unknown fault";
}
