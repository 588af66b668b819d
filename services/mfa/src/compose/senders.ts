import type { DeliveryConfig } from "../delivery/config/delivery-config.js";
import { createSenders, type Senders } from "../delivery/create-senders.js";
import type { DeliveryAttempt } from "../delivery/observed.js";
import type { Log } from "../telemetry/log.js";

/** Whoever sends codes, each attempt counted, and logged without destination and content. */
export function openSenders(
  config: DeliveryConfig,
  log: Log,
  count: (attempt: DeliveryAttempt) => void,
): Senders {
  return createSenders(config, {
    now: Date.now,
    onAttempt: (attempt) => {
      count(attempt);
      if (attempt.outcome === "delivered") log.info(attempt, "a code was handed to a provider");
      else log.warn(attempt, "a code was not taken by a provider");
    },
  });
}
