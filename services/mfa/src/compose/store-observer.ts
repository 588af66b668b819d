import type { UserId } from "../domain/user-id.js";
import type { StoreObserver } from "../storage/postgres/enrolment/postgres-mfa-store.js";
import { lockLog } from "../telemetry/log/lock-log.js";
import type { Telemetry } from "./telemetry.js";

/** Counts every event, and logs each lock. */
export function storeObserver(
  { metrics: { onEvent, onFailingUser }, log }: Telemetry,
  userRef: (userId: UserId) => string,
): StoreObserver {
  const logLock = lockLog({ log, userRef });
  return {
    onFailingUser,
    onEvent(event) {
      onEvent(event);
      logLock(event);
    },
  };
}
