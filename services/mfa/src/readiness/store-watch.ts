import type { StoreVitals } from "../telemetry/metrics/store-vitals.js";

/** Polls both stores, so that their known condition stays true while there are no calls. */
export function watchStores(
  vitals: Pick<StoreVitals, "postgresUp" | "askPostgres" | "askRedis">,
  intervalMs: number,
): AsyncDisposable {
  let asking = Promise.resolve();
  const ask = async () => {
    // A working Postgres is checked by scrapes and calls: a query beside a call's could need one more connection.
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
