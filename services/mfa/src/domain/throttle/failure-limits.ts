/**
 * How many wrong codes of one user and throttle scope are allowed within a sliding window, whatever succeeded in between. Success clears the lockout
 * and the count of consecutive failures (NIST SP 800-63B section 3.2.2), so neither bounds an attacker who guesses while the user logs in.
 */
export interface FailureLimits {
  /** In 24 hours. */
  readonly daily: number;
  /** In 30 days. */
  readonly monthly: number;
  /** In 365 days. */
  readonly yearly: number;
}

export type FailureWindow = keyof FailureLimits;

const DAY_MINUTES = 24 * 60;

export const WINDOW_MINUTES: Readonly<Record<FailureWindow, number>> = {
  daily: DAY_MINUTES,
  monthly: 30 * DAY_MINUTES,
  yearly: 365 * DAY_MINUTES,
};

/** Longest first: the limit of a longer window takes longer to clear. */
export const FAILURE_WINDOWS: readonly FailureWindow[] = ["yearly", "monthly", "daily"];

/** As many failures of a user and scope as any limit can need; settings cannot exceed it. */
export const FAILURES_KEPT = 400;

/** The failures of one user and scope within 365 days, at most FAILURES_KEPT. */
export interface FailureRecord {
  /** Newest first, in minutes since 1970, rounded down. */
  readonly minutes: readonly number[];
  /** Failures up to this minute no longer count for 24 hours: a backup code was accepted then. */
  readonly forgivenMinute: number | undefined;
}

export const NO_FAILURES: FailureRecord = { minutes: [], forgivenMinute: undefined };

/** The limits applied to one user. */
export interface Throttle {
  readonly limits: FailureLimits;
  /**
   * Set for a user without another way in: beyond the daily limit, one attempt is admitted this long after the last failure, so that an attacker
   * cannot lock the user out for longer than the lockout schedule does.
   */
  readonly pauseMs: number | undefined;
}

/** A limit that refuses codes now. */
export interface MetLimit {
  readonly window: FailureWindow;
  /** When the next code is compared again. */
  readonly openTime: Date;
}

const MINUTE_MS = 60_000;

export function minuteOf(time: Date): number {
  return Math.floor(time.getTime() / MINUTE_MS);
}

/** The last failure, if it is too recent for a further attempt after the pause; else undefined. In minutes since 1970. */
export function pausedAfter({ pauseMs }: Throttle, at: Date): number | undefined {
  return pauseMs === undefined ? undefined : Math.floor((at.getTime() - pauseMs) / MINUTE_MS);
}

/**
 * The limit that refuses codes at this time; undefined if none does. Of several, returns the longest window and the time when all have cleared. A
 * failure counts until its whole minute has left the window.
 */
export function metLimit(record: FailureRecord, throttle: Throttle, at: Date): MetLimit | undefined {
  let met: MetLimit | undefined;
  for (const window of FAILURE_WINDOWS) {
    const openMs = opensAtMs(record, throttle, window);
    if (openMs === undefined || openMs <= at.getTime()) continue;
    const openTime = new Date(Math.max(openMs, met?.openTime.getTime() ?? 0));
    met = { window: met?.window ?? window, openTime };
  }
  return met;
}

/** Failures that the limits still allow at this time; 0 while one refuses. */
export function failuresLeft(record: FailureRecord, throttle: Throttle, at: Date): number {
  if (metLimit(record, throttle, at) !== undefined) return 0;
  const left = FAILURE_WINDOWS.map(
    (window) => throttle.limits[window] - countedMinutes(record, window, minuteOf(at)).length,
  );
  // After the pause there is one attempt, although the daily limit is used up.
  return Math.max(1, Math.min(...left));
}

/** The limit that the newest failure reached, longest window first; undefined if it reached none. */
export function crossedLimit(record: FailureRecord, limits: FailureLimits): FailureWindow | undefined {
  const { minutes, forgivenMinute } = record;
  const before = { minutes: minutes.slice(1), forgivenMinute };
  return FAILURE_WINDOWS.find(
    (window) => isReached(record, window, limits) && !isReached(before, window, limits),
  );
}

/** Whether the newest failure is the user's first in 24 hours. */
export function isFirstOfDay({ minutes: [newest, previous] }: FailureRecord): boolean {
  return newest !== undefined && (previous === undefined || previous < newest - DAY_MINUTES);
}

/** The most failures possible in any 365 days. The daily limit is left out, because backup codes lift it. */
export function mostFailuresInAYear({ monthly, yearly }: FailureLimits): number {
  const months = Math.ceil(WINDOW_MINUTES.yearly / WINDOW_MINUTES.monthly);
  return Math.min(yearly, months * monthly);
}

/** Whether the limit was reached when the newest failure of the record happened. */
function isReached(record: FailureRecord, window: FailureWindow, limits: FailureLimits): boolean {
  const [newest] = record.minutes;
  return newest !== undefined && countedMinutes(record, window, newest).length >= limits[window];
}

function countedMinutes(
  { minutes, forgivenMinute }: FailureRecord,
  window: FailureWindow,
  now: number,
): readonly number[] {
  const forgiven = window === "daily" ? (forgivenMinute ?? 0) : 0;
  return minutes.filter((minute) => minute >= now - WINDOW_MINUTES[window] && minute > forgiven);
}

/** When the failure that fills the window leaves it; undefined while the window was never full. */
function opensAtMs(
  { minutes, forgivenMinute = 0 }: FailureRecord,
  { limits, pauseMs }: Throttle,
  window: FailureWindow,
): number | undefined {
  const filling = minutes[limits[window] - 1];
  if (filling === undefined) return undefined;
  const leavesMs = (filling + WINDOW_MINUTES[window] + 1) * MINUTE_MS;
  if (window !== "daily") return leavesMs;
  if (filling <= forgivenMinute) return undefined;
  const [newest = 0] = minutes;
  return pauseMs === undefined ? leavesMs : Math.min(leavesMs, newest * MINUTE_MS + pauseMs);
}
