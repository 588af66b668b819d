import type { Log } from "@countersign/telemetry-ports";
import { createCondition, type StoreCondition } from "../../storage/store-condition.js";
import { OutageLog } from "../../telemetry/log/outage-log.js";

/**
 * Logs the condition of a store from the first time that it has worked. Until then readiness logs why it does not. Nothing is logged once `closed`
 * says that the connections are being closed.
 */
export function loggedCondition(
  store: "Postgres" | "Redis",
  { log, closed }: { readonly log: Log; readonly closed: () => boolean },
): StoreCondition {
  let worked = false;
  const outage = new OutageLog({
    report: (why, failures) => log.warn({ store: store.toLowerCase(), failures }, `${store} ${why}`),
    reportEnd: (seconds) =>
      log.info({ store: store.toLowerCase(), after_seconds: seconds }, `${store} works again`),
  });
  return createCondition({
    onFault({ why }) {
      if (worked && !closed()) outage.failed(why);
    },
    onWorked() {
      worked = true;
      outage.worked();
    },
  });
}
