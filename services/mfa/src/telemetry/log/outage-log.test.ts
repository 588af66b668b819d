import { expect, test } from "vitest";
import { OutageLog } from "./outage-log.js";

function start() {
  let now = 0;
  const told: string[] = [];
  const log = new OutageLog({
    clock: () => now,
    tell: (cause, failures) => void told.push(`${cause} ${failures}`),
    tellEnd: (seconds) => void told.push(`again after ${seconds}`),
  });
  return { log, told, at: (seconds: number) => (now = seconds * 1_000) };
}

test("an outage of a day that is seen twice a second is told in a hundred lines", () => {
  const { log, told, at } = start();
  for (let half = 0; half < 2 * 86_400; half += 1) {
    at(half / 2);
    log.failed("gone");
  }
  expect(told.slice(0, 3)).toEqual(["gone 1", "gone 61", "gone 181"]);
  expect(told.length).toBeGreaterThan(90);
  expect(told.length).toBeLessThan(110);
});

test("another cause is logged immediately, and each cause once until the pause is over", () => {
  const { log, told, at } = start();
  for (const cause of ["gone", "slow", "gone", "slow"]) log.failed(cause);
  expect(told).toEqual(["gone 1", "slow 2"]);
  at(30);
  log.failed("slow");
  expect(told.at(-1)).toBe("slow 5");
});

test("the end is told once it has worked for two seconds, and what fails in between is the same outage", () => {
  const { log, told, at } = start();
  log.failed("gone");
  at(1);
  log.worked();
  log.failed("gone");
  at(2.5);
  log.worked();
  expect(told).toEqual(["gone 1"]);
  at(4);
  log.worked();
  log.worked();
  expect(told).toEqual(["gone 1", "again after 4"]);
  log.failed("gone");
  expect(told.at(-1)).toBe("gone 1");
});
