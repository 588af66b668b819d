import type { Destination } from "../destination/destination.js";
import type { UserId } from "../user-id.js";
import type { ConversionRule } from "./sms-conversion.js";

/** At most `max` messages in any `windowMs` milliseconds. */
export interface SendRate {
  readonly max: number;
  readonly windowMs: number;
}

/** The pause between two codes of one purpose to one user. It doubles with each code in a row that was not accepted. */
export interface Cooldown {
  readonly firstMs: number;
  readonly maxMs: number;
}

/** How long unaccepted codes lengthen the pause before the next one. No pause is longer. */
export const COOLDOWN_MEMORY_MS = 60 * 60_000;

/** Enough doublings to reach any maximum, and few enough not to overflow a number. */
const MAX_DOUBLINGS = 30;

/** The pause after this many codes in a row of which none was accepted. */
export function pauseAfter(sends: number, { firstMs, maxMs }: Cooldown): number {
  return Math.min(firstMs * 2 ** Math.min(sends - 1, MAX_DOUBLINGS), maxMs);
}

/** How often codes may be sent: limits nuisance, guessing by many codes, and the cost of SMS pumping. */
export interface SendLimits {
  readonly cooldown: Cooldown;
  readonly user: SendRate;
  readonly destination: SendRate;
  /** Over a day: pauses and hourly limits alone let a stranger send a user some 150 messages a day. */
  readonly userDaily: SendRate;
  readonly destinationDaily: SendRate;
  /** For numbers that differ in their last four digits only: SMS pumping uses whole blocks. */
  readonly prefix: SendRate;
  readonly country: SendRate;
  /** For each method. */
  readonly overall: SendRate;
  /** Undefined: the SMS conversion rate is not checked. */
  readonly completion: ConversionRule | undefined;
}

/** The names of limits in errors, and the rate of each. */
const RATES = {
  user: "user",
  user_daily: "userDaily",
  destination: "destination",
  destination_daily: "destinationDaily",
  prefix: "prefix",
  country: "country",
  overall: "overall",
} as const satisfies Record<string, keyof SendLimits>;

type SendLimitName = keyof typeof RATES;

/** One limit as it applies to one message. */
interface SendLimit {
  readonly name: SendLimitName;
  /** The subject that is counted. May hold an address, so it must be stored as a MAC only. */
  readonly subject: readonly string[];
  readonly rate: SendRate;
}

/** The limits that one message counts against. */
export function limitsOf(
  limits: SendLimits,
  { userId, destination }: { readonly userId: UserId; readonly destination: Destination },
): readonly SendLimit[] {
  const { method, phone, limitKey } = destination;
  const limit = (name: SendLimitName, ...subject: readonly string[]): SendLimit => ({
    name,
    subject: [name, ...subject],
    rate: limits[RATES[name]],
  });
  return [
    limit("user", userId),
    limit("user_daily", userId),
    limit("destination", method, limitKey),
    limit("destination_daily", method, limitKey),
    ...(phone === undefined ? [] : [limit("prefix", phone.prefix), limit("country", phone.country)]),
    limit("overall", method),
  ];
}
