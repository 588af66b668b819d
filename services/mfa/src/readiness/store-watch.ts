import type { StoreVitals } from "../telemetry/metrics/store-vitals.js";

/** Asks both stores again and again, so that what is known of them is true while nobody calls. */
export function watchStores(
  vitals: Pick<StoreVitals, "askPostgres" | "askRedis">,
  intervalMs: number,
): AsyncDisposable {
  let asking = Promise.resolve();
  const ask = async () => {
    await Promise.all([vitals.askPostgres(), vitals.askRedis()]);
  };
  const timer = setInterval(() => {
    asking = asking.then(ask);
  }, intervalMs).unref();
  return {
    async [Symbol.asyncDispose]() {
      clearInterval(timer);
      await asking;
    },
  };
}
