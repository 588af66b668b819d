import type { Log } from "@countersign/telemetry-ports";

const RETRY_MS = 500;

/** Asks again and again until the stores answered once and the schema is known; then `onReady`, for good. */
export function watchReadiness(options: {
  readonly check: () => Promise<void>;
  readonly onReady: () => void;
  readonly log: Log;
}): { readonly first: Promise<void> } & AsyncDisposable {
  let closed = false;
  let timer: NodeJS.Timeout | undefined;

  async function attempt(): Promise<void> {
    try {
      await options.check();
      if (!closed) options.onReady();
    } catch (error) {
      options.log.warn({ err: error }, "not ready yet");
      if (!closed) timer = setTimeout(() => void attempt(), RETRY_MS);
    }
  }

  const first = attempt();
  return {
    first,
    async [Symbol.asyncDispose]() {
      closed = true;
      clearTimeout(timer);
      await first;
    },
  };
}
