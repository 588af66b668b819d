import type { Log } from "@countersign/telemetry-ports";
import { createCondition, type StoreCondition } from "../../storage/store-condition.js";
import { OutageLog } from "../../telemetry/log/outage-log.js";

/**
 * The condition of a store, told to the log from the first time on that it has worked. Until then whoever waits for it says why. Nothing is told
 * once `closed` says that the connections are being ended.
 */
export function loggedCondition(
  store: "Postgres" | "Redis",
  { log, closed }: { readonly log: Log; readonly closed: () => boolean },
): StoreCondition {
  let worked = false;
  const outage = new OutageLog({
    tell: (why, failures) => log.warn({ store: store.toLowerCase(), failures }, `${store} ${why}`),
    tellEnd: (seconds) =>
      log.info({ store: store.toLowerCase(), after_seconds: seconds }, `${store} does its work again`),
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
