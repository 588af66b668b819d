import type { Log, Tracer } from "@countersign/telemetry-ports";
import type { DeliveryAttempt } from "../delivery/attempt/observed.js";
import { createSenders, type Senders } from "../delivery/create-senders.js";
import type { DeliveryConfig } from "../delivery/delivery-config.js";

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
  return createSenders(config, {
    now: Date.now,
    tracer,
    onAttempt: (attempt) => {
      count(attempt);
      const { requestId, ...rest } = attempt;
      const line = { request_id: requestId, ...rest };
      if (attempt.outcome === "delivered") log.info(line, "provider accepted the message");
      else log.warn(line, "provider did not accept the message");
    },
  });
}
