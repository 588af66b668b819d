import type { Log } from "@countersign/telemetry-ports";
import type { LowConversion } from "../../domain/send-quota/sms-conversion.js";

const LOG_INTERVAL_MS = 60_000;

/** Counts each message whose SMS conversion rate is low, and logs one a minute for each scope and country, because they come in floods. */
export function smsConversionAlarm(parts: {
  readonly log: Log;
  readonly count: (low: LowConversion) => void;
  readonly clock: () => number;
}): (low: LowConversion) => void {
  const logged = new Map<string, number>();
  return (low) => {
    parts.count(low);
    const [key, at] = [`${low.scope} ${low.country}`, parts.clock()];
    if (at - (logged.get(key) ?? Number.NEGATIVE_INFINITY) < LOG_INTERVAL_MS) return;
    logged.set(key, at);
    const { requestId, ...rest } = low;
    parts.log.warn(
      { request_id: requestId, ...rest },
      "SMS conversion rate below threshold (possible SMS pumping)",
    );
  };
}
