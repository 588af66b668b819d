import { describe, expect, test } from "vitest";
import {
  crossedLimit,
  type FailureRecord,
  failuresLeft,
  isFirstOfDay,
  metLimit,
  mostFailuresInAYear,
  type Throttle,
} from "./failure-limits.js";

const LIMITS = { daily: 3, monthly: 5, yearly: 8 };
const THROTTLE: Throttle = { limits: LIMITS, pauseMs: undefined };
const PAUSED: Throttle = { limits: LIMITS, pauseMs: 3_600_000 };
const DAY = 1_440;
const NOW = 30_000_000;

const at = (minute: number, seconds = 0) => new Date(minute * 60_000 + seconds * 1_000);
/** Failures so many minutes ago. */
const ago = (...minutes: readonly number[]): FailureRecord => ({
  minutes: minutes.map((each) => NOW - each).sort((a, b) => b - a),
  forgivenMinute: undefined,
});

describe("a limit refuses codes", () => {
  test.each([
    ["none below it", ago(0, 1), THROTTLE, undefined],
    ["from the failure on that fills 24 hours", ago(0, 1, 2), THROTTLE, ["daily", DAY + 1 - 2]],
    ["until that failure's minute has left", ago(0, 1, DAY), THROTTLE, ["daily", 1]],
    ["not a minute later", ago(0, 1, DAY + 1), THROTTLE, undefined],
    [
      "for 30 days, though the day is open",
      ago(0, 2 * DAY, 4 * DAY, 6 * DAY, 8 * DAY),
      THROTTLE,
      ["monthly", 22 * DAY + 1],
    ],
    [
      "the longest window is named, and the last to open",
      ago(0, 1, 2, 3, 4, 5, 6, 7),
      THROTTLE,
      ["yearly", 365 * DAY + 1 - 7],
    ],
    [
      "until the newest that still counts has left, where more were counted than the limit",
      ago(0, 1, 2, DAY),
      THROTTLE,
      ["daily", DAY - 1],
    ],
    ["but for the pause, where there is no other way in", ago(5, 6, 7), PAUSED, ["daily", 55]],
    ["and not after the pause", ago(60, 61, 62), PAUSED, undefined],
    ["nor for longer than the day", ago(1, 2, DAY), PAUSED, ["daily", 1]],
    [
      "the pause lifts no longer limit",
      ago(100, 101, 102, 103, 104),
      PAUSED,
      ["monthly", 30 * DAY + 1 - 104],
    ],
  ] as const)("a limit refuses codes: %s", (_, record, throttle, expected) => {
    const met = metLimit(record, throttle, at(NOW));
    expect(met && [met.window, (met.openTime.getTime() - at(NOW).getTime()) / 60_000]).toEqual(expected);
    if (met === undefined) return;
    expect(metLimit(record, throttle, new Date(met.openTime.getTime() - 1))).toBeDefined();
    expect(metLimit(record, throttle, met.openTime)).toBeUndefined();
  });

  test("a limit refuses no codes if a backup code was accepted since, except for the longer windows", () => {
    expect(metLimit({ ...ago(0, 1, 2), forgivenMinute: NOW }, THROTTLE, at(NOW))).toBeUndefined();
    expect(metLimit({ ...ago(0, 1, 2), forgivenMinute: NOW - 3 }, THROTTLE, at(NOW))?.window).toBe("daily");
    expect(metLimit({ ...ago(0, 1, 2, 3, 4), forgivenMinute: NOW }, THROTTLE, at(NOW))?.window).toBe(
      "monthly",
    );
  });

  test("a user without other way in waits for the pause at the most, whatever the second", () => {
    for (const seconds of [0, 1, 59]) {
      const met = metLimit(ago(0, 1, 2), PAUSED, at(NOW, seconds));
      expect((met?.openTime.getTime() ?? 0) - at(NOW, seconds).getTime()).toBeLessThanOrEqual(3_600_000);
    }
  });
});

test("what is left is what the narrowest window takes", () => {
  expect(failuresLeft(ago(), THROTTLE, at(NOW))).toBe(3);
  expect(failuresLeft(ago(0), THROTTLE, at(NOW))).toBe(2);
  expect(failuresLeft(ago(0, 2 * DAY, 3 * DAY, 4 * DAY), THROTTLE, at(NOW))).toBe(1);
  expect(failuresLeft(ago(0, 1, 2), THROTTLE, at(NOW))).toBe(0);
  expect(failuresLeft(ago(60, 61, 62), PAUSED, at(NOW))).toBe(1);
});

test("a limit is crossed by the failure that reaches it, once for each time that it is reached", () => {
  expect(crossedLimit(ago(0, 1), LIMITS)).toBeUndefined();
  expect(crossedLimit(ago(0, 1, 2), LIMITS)).toBe("daily");
  expect(crossedLimit(ago(0, 1, 2, 3), LIMITS)).toBeUndefined();
  expect(crossedLimit(ago(0, 1, 2, 3, 4), LIMITS)).toBe("monthly");
  expect(crossedLimit(ago(0, 1, 2, 3, 4, 5, 6, 7), LIMITS)).toBe("yearly");
  // One an hour, as after a pause, stays beyond the limit.
  expect(crossedLimit({ ...ago(0, 60, 120, 180), forgivenMinute: undefined }, LIMITS)).toBeUndefined();
  // A second burst after a day without any.
  expect(
    crossedLimit(
      { minutes: [0, 1, 2, 2 * DAY].map((each) => NOW - each), forgivenMinute: undefined },
      LIMITS,
    ),
  ).toBe("daily");
  expect(crossedLimit({ ...ago(0, 1, 2), forgivenMinute: NOW - 1 }, LIMITS)).toBeUndefined();
});

test("a failure is a user's first when 24 hours before it had none", () => {
  expect(isFirstOfDay(ago())).toBe(false);
  expect(isFirstOfDay(ago(0))).toBe(true);
  expect(isFirstOfDay(ago(0, DAY))).toBe(false);
  expect(isFirstOfDay(ago(0, DAY + 1))).toBe(true);
});

test("no attacker who takes every guess as soon as possible gets more in a year", () => {
  for (const limits of [
    LIMITS,
    { daily: 20, monthly: 200, yearly: 300 },
    { daily: 20, monthly: 10, yearly: 400 },
  ]) {
    let minutes: number[] = [];
    for (let minute = NOW; minute < NOW + 800 * DAY; minute += 30) {
      const record = { minutes, forgivenMinute: minute }; // the daily limit is always lifted
      if (metLimit(record, { limits, pauseMs: undefined }, at(minute)) !== undefined) continue;
      minutes = [minute, ...minutes];
    }
    const inAYear = minutes.map(
      (last) => minutes.filter((each) => each <= last && each > last - 365 * DAY).length,
    );
    expect(Math.max(...inAYear)).toBeLessThanOrEqual(mostFailuresInAYear(limits));
  }
});
