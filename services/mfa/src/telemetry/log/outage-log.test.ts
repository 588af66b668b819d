import { expect, test } from "vitest";
import { OutageLog } from "./outage-log.js";

function start() {
  let now = 0;
  const logged: string[] = [];
  const log = new OutageLog({
    clock: () => now,
    report: (cause, failures) => void logged.push(`${cause} ${failures}`),
    reportEnd: (seconds) => void logged.push(`again after ${seconds}`),
  });
  return { log, logged, at: (seconds: number) => (now = seconds * 1_000) };
}

test("an outage of a day that is seen twice a second is logged in a hundred lines", () => {
  const { log, logged, at } = start();
  for (let half = 0; half < 2 * 86_400; half += 1) {
    at(half / 2);
    log.failed("gone");
  }
  expect(logged.slice(0, 3)).toEqual(["gone 1", "gone 61", "gone 181"]);
  expect(logged.length).toBeGreaterThan(90);
  expect(logged.length).toBeLessThan(110);
});

test("another cause is logged immediately, and each cause once until the pause is over", () => {
  const { log, logged, at } = start();
  for (const cause of ["gone", "slow", "gone", "slow"]) log.failed(cause);
  expect(logged).toEqual(["gone 1", "slow 2"]);
  at(30);
  log.failed("slow");
  expect(logged.at(-1)).toBe("slow 5");
});

test("the end is logged once it has worked for two seconds, and what fails in between is the same outage", () => {
  const { log, logged, at } = start();
  log.failed("gone");
  at(1);
  log.worked();
  log.failed("gone");
  at(2.5);
  log.worked();
  expect(logged).toEqual(["gone 1"]);
  at(4);
  log.worked();
  log.worked();
  expect(logged).toEqual(["gone 1", "again after 4"]);
  log.failed("gone");
  expect(logged.at(-1)).toBe("gone 1");
});
