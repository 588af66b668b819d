import type { SendLimits, SendRate } from "../domain/send-limit.js";
import type { EnvironmentReader } from "./environment-reader.js";

const SECOND = 1_000;
const HOUR = 60 * 60 * SECOND;
const DAY = 24 * HOUR;

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
    prefix: rate("SEND_LIMIT_PREFIX_HOURLY", HOUR, 100),
    country: rate("SEND_LIMIT_COUNTRY_DAILY", DAY, 5_000),
    overall: rate("SEND_LIMIT_OVERALL_DAILY", DAY, 20_000),
  };
}
