import { choice, integer, type SettingsReader } from "@countersign/settings";
import type { SendLimits, SendRate } from "../../domain/send-quota/send-limit.js";
import type { ConversionRule, ConversionScope } from "../../domain/send-quota/sms-conversion.js";

const SECOND = 1_000;
const HOUR = 60 * 60 * SECOND;
const DAY = 24 * HOUR;
const COMPLETION_GRACE = 5 * 60 * SECOND;

const rate = (limit: number, doc: string) =>
  integer({ default: limit, min: 1, max: 100_000_000, unit: "codes", doc });

export const SEND_SETTINGS = {
  SEND_COOLDOWN_SECONDS: integer({
    default: 30,
    min: 0,
    max: 600,
    unit: "seconds",
    doc: "Shortest time between two codes of one purpose to one user. An accepted code and a failed delivery end the wait.",
  }),
  SEND_COOLDOWN_MAX_SECONDS: integer({
    default: 600,
    min: 0,
    max: 3_600,
    unit: "seconds",
    doc: "Longest such wait: it doubles with each code that is sent before one is accepted.",
  }),
  SEND_LIMIT_USER_HOURLY: rate(10, "Codes to one user in an hour."),
  SEND_LIMIT_DESTINATION_HOURLY: rate(10, "Codes to one number or mailbox in an hour, whichever user asks."),
  SEND_LIMIT_USER_DAILY: rate(
    20,
    "Codes to one user in a day: cooldown and hourly limit alone would let a stranger send some 150.",
  ),
  SEND_LIMIT_DESTINATION_DAILY: rate(20, "Codes to one number or mailbox in a day."),
  SEND_LIMIT_PREFIX_HOURLY: rate(
    100,
    "Codes in an hour to numbers that differ in their last four digits only: SMS pumping buys numbers by the block.",
  ),
  SEND_LIMIT_COUNTRY_DAILY: rate(5_000, "Codes in a day to the numbers of one country."),
  SEND_LIMIT_OVERALL_DAILY: rate(20_000, "Codes of one method in a day: the most that a day may cost."),
  SEND_COMPLETION_MIN_PERCENT: integer({
    default: 10,
    min: 0,
    max: 100,
    unit: "percent",
    doc: "How many of the SMS codes to a block of numbers or a country must be entered; 0 never checks.",
  }),
  SEND_COMPLETION_MIN_SENDS: integer({
    default: 50,
    min: 1,
    max: 1_000_000,
    unit: "codes",
    doc: "Minimum number of codes in an hour before the completion rate is judged.",
  }),
  SEND_COMPLETION_STOP: choice(["none", "prefix", "country"], {
    default: "prefix",
    doc: "What a low completion rate blocks: nothing, the block of numbers (`prefix`), or the `country` as well.",
  }),
} as const;

/** How often codes may be sent. */
export function readSendLimits(reader: SettingsReader): SendLimits {
  const given = reader.read(SEND_SETTINGS);
  const { SEND_COOLDOWN_SECONDS: first, SEND_COOLDOWN_MAX_SECONDS: longest } = given;
  if (longest < first)
    reader.report("SEND_COOLDOWN_MAX_SECONDS", "must not be less than SEND_COOLDOWN_SECONDS");
  const hourly = (max: number): SendRate => ({ max, windowMs: HOUR });
  const daily = (max: number): SendRate => ({ max, windowMs: DAY });
  return {
    cooldown: { firstMs: first * SECOND, maxMs: longest * SECOND },
    user: hourly(given.SEND_LIMIT_USER_HOURLY),
    destination: hourly(given.SEND_LIMIT_DESTINATION_HOURLY),
    userDaily: daily(given.SEND_LIMIT_USER_DAILY),
    destinationDaily: daily(given.SEND_LIMIT_DESTINATION_DAILY),
    prefix: hourly(given.SEND_LIMIT_PREFIX_HOURLY),
    country: daily(given.SEND_LIMIT_COUNTRY_DAILY),
    overall: daily(given.SEND_LIMIT_OVERALL_DAILY),
    completion: completionRule({
      minPercent: given.SEND_COMPLETION_MIN_PERCENT,
      minSends: given.SEND_COMPLETION_MIN_SENDS,
      stops: STOPS[given.SEND_COMPLETION_STOP],
    }),
  };
}

const STOPS = {
  none: new Set(),
  prefix: new Set(["prefix"]),
  country: new Set(["prefix", "country"]),
} as const satisfies Record<string, ReadonlySet<ConversionScope>>;

/** A percentage of 0 turns it off. */
function completionRule(
  rule: Pick<ConversionRule, "minPercent" | "minSends" | "stops">,
): ConversionRule | undefined {
  return rule.minPercent === 0 ? undefined : { ...rule, windowMs: HOUR, graceMs: COMPLETION_GRACE };
}
