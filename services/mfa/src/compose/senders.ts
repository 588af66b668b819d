import type { Log, Tracer } from "@countersign/telemetry-ports";
import type { DeliveryAttempt } from "../delivery/attempt/observed.js";
import { createSenders, type Senders } from "../delivery/create-senders.js";
import type { DeliveryConfig } from "../delivery/delivery-config.js";
import { deliveryLog } from "../telemetry/log/delivery-log.js";

/** The message senders. Each attempt is counted, and logged without destination and content. */
export function openSenders(
  config: DeliveryConfig,
  parts: {
    readonly log: Log;
    readonly tracer: Tracer | undefined;
    readonly count: (attempt: DeliveryAttempt) => void;
  },
): Senders {
  const { log, tracer, count } = parts;
  const logAttempt = deliveryLog({ log, clock: () => performance.now() });
  return createSenders(config, {
    now: Date.now,
    tracer,
    onAttempt: (attempt) => {
      count(attempt);
      logAttempt(attempt);
    },
  });
}
