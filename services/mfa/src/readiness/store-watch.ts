import type { StoreVitals } from "../telemetry/metrics/store-vitals.js";

/** Asks both stores again and again, so that what is known of them is true while nobody calls. */
export function watchStores(
  vitals: Pick<StoreVitals, "postgresUp" | "askPostgres" | "askRedis">,
  intervalMs: number,
): AsyncDisposable {
  let asking = Promise.resolve();
  const ask = async () => {
    // Scrapes and calls ask a Postgres that works: another question beside a call's could need a connection more.
    const postgres = vitals.postgresUp() === true ? undefined : vitals.askPostgres();
    await Promise.all([postgres, vitals.askRedis()]);
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
