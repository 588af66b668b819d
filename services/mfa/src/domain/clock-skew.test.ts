import { expect, test } from "vitest";
import { judgeClock } from "./clock-skew.js";

test.each([
  { postgres: 0.1, redis: -0.2, judgement: "right" },
  { postgres: 5, redis: -5, judgement: "right" },
  { postgres: 20, redis: 20, judgement: "wrong" },
  { postgres: -300, redis: -301, judgement: "wrong" },
  { postgres: 5.1, redis: -5.1, judgement: "wrong" },
  // One store has the wrong clock, not this host.
  { postgres: 60, redis: 0, judgement: "right" },
  { postgres: 0, redis: -60, judgement: "right" },
  { postgres: 0, redis: undefined, judgement: "right" },
  { postgres: undefined, redis: 60, judgement: "unknown" },
  { postgres: 60, redis: undefined, judgement: "unknown" },
  { postgres: undefined, redis: undefined, judgement: "unknown" },
])("ahead of Postgres by $postgres s and of Redis by $redis s the clock is $judgement", (each) => {
  expect(judgeClock(each, 5)).toBe(each.judgement);
});
