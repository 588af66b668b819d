import type { SendLimits, SendRate } from "../domain/send-quota/send-limit.js";
import type { ConversionRule, ConversionScope } from "../domain/send-quota/sms-conversion.js";
import type { EnvironmentReader } from "./environment-reader.js";

const SECOND = 1_000;
const HOUR = 60 * 60 * SECOND;
const DAY = 24 * HOUR;
const COMPLETION_GRACE = 5 * 60 * SECOND;

/** How often codes may be sent. */
export function readSendLimits(reader: EnvironmentReader): SendLimits {
  const first = reader.integer("SEND_COOLDOWN_SECONDS", { min: 0, max: 600, default: 30 });
  const longest = reader.integer("SEND_COOLDOWN_MAX_SECONDS", { min: 0, max: 3_600, default: 600 });
  if (longest < first) reader.report("SEND_COOLDOWN_MAX_SECONDS must not be less than SEND_COOLDOWN_SECONDS");
  const rate = (name: string, windowMs: number, fallback: number): SendRate => ({
    max: reader.integer(name, { min: 1, max: 100_000_000, default: fallback }),
    windowMs,
  });
  return {
    cooldown: { firstMs: first * SECOND, maxMs: longest * SECOND },
    user: rate("SEND_LIMIT_USER_HOURLY", HOUR, 10),
    destination: rate("SEND_LIMIT_DESTINATION_HOURLY", HOUR, 10),
    userDaily: rate("SEND_LIMIT_USER_DAILY", DAY, 20),
    destinationDaily: rate("SEND_LIMIT_DESTINATION_DAILY", DAY, 20),
    prefix: rate("SEND_LIMIT_PREFIX_HOURLY", HOUR, 100),
    country: rate("SEND_LIMIT_COUNTRY_DAILY", DAY, 5_000),
    overall: rate("SEND_LIMIT_OVERALL_DAILY", DAY, 20_000),
    completion: readCompletionRule(reader),
  };
}

const STOPS = {
  none: new Set(),
  prefix: new Set(["prefix"]),
  country: new Set(["prefix", "country"]),
} as const satisfies Record<string, ReadonlySet<ConversionScope>>;

/** A percentage of 0 turns it off. */
function readCompletionRule(reader: EnvironmentReader): ConversionRule | undefined {
  const minPercent = reader.integer("SEND_COMPLETION_MIN_PERCENT", { min: 0, max: 100, default: 10 });
  const minSends = reader.integer("SEND_COMPLETION_MIN_SENDS", { min: 1, max: 1_000_000, default: 50 });
  const stops = STOPS[reader.choice("SEND_COMPLETION_STOP", ["none", "prefix", "country"], "prefix")];
  return minPercent === 0
    ? undefined
    : { windowMs: HOUR, graceMs: COMPLETION_GRACE, minSends, minPercent, stops };
}
