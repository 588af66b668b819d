import { readFileSync } from "node:fs";
import { join } from "node:path";
import { loadSecurityConfig, SECURITY_LEVELS } from "@countersign/security-config";
import { describe, expect, test } from "vitest";
import { mostFailuresInAYear } from "../../src/domain/throttle/failure-limits.js";
import { LOCKOUT_SCHEDULE_MS } from "../../src/domain/throttle/lockout-policy.js";
import { mfaPolicy } from "../../src/policy/mfa-policy.js";
import type { GuessingCase } from "../support/throttle/guessing-model.js";
import {
  atLeastOnce,
  guessingTables,
  oddsOfAGuess,
  played,
  type Settings,
} from "../support/throttle/guessing-tables.js";

const PAGE = join(import.meta.dirname, "../../../../docs/security.md");
const BEGIN = "<!-- guessing: computed from the settings in force by test/throttle/guessing-odds.test.ts -->";
const END = "<!-- guessing: end -->";

function settingsOf(level: (typeof SECURITY_LEVELS)[number] | undefined): Settings {
  const loaded = loadSecurityConfig({ env: { ENVIRONMENT: "test" }, level });
  if (!loaded.ok) throw new Error("the defaults are refused");
  const { config } = loaded;
  return { policy: mfaPolicy(config), callsPerMinute: config.rateLimit.apiRequestsPerMinute };
}

function withTables(page: string): string {
  const [before, rest] = page.split(BEGIN);
  const [, after] = rest?.split(END) ?? [];
  if (after === undefined) throw new Error("the markers of the tables are missing");
  return `${before}${BEGIN}\n\n${guessingTables(settingsOf(undefined))}\n\n${END}${after}`;
}

test("docs/security.md tells the odds of guessing by the settings in force", async () => {
  await expect(withTables(readFileSync(PAGE, "utf8"))).toMatchFileSnapshot(PAGE);
});

describe.each([undefined, ...SECURITY_LEVELS])("under level %s", (level) => {
  const settings = settingsOf(level);

  test("a year's guesses are right with less than 0.1 %, at any login rate and whatever the user does", () => {
    const { failureLimits, maxAttempts } = settings.policy;
    // As many as the lockout schedule admits concurrently may be under way when the limit is reached.
    const most = mostFailuresInAYear(failureLimits) + maxAttempts - 1;
    const [six, eight, sent] = Object.values(oddsOfAGuess(settings));
    for (const odds of [six, eight, sent]) expect(atLeastOnce(odds ?? 1, most)).toBeLessThan(0.001);
    for (const loginsADay of [0, 1, 3, 8, 50]) {
      for (const stopsShort of [true, false]) {
        for (const hasBackupCodes of [true, false]) {
          const { guesses } = played(settings, { loginsADay, hasBackupCodes, stopsShort });
          expect(guesses.length).toBeLessThanOrEqual(most);
        }
      }
    }
  });
});

const HOURS = [1, 3, 12, 24, 30, 48, 100, 168, 200, 400, 720];

test.each(HOURS)(
  "a stranger who guesses for %s hours locks no user out for longer than the lockout schedule alone",
  (hours) => {
    const settings = settingsOf(undefined);
    const { failureLimits } = settings.policy;
    const longest = LOCKOUT_SCHEDULE_MS.at(-1) ?? 0;
    const shutOut = (given: Partial<GuessingCase>) =>
      played(settings, { forMs: hours * 3_600_000, ...given }).shutOutMs;
    for (const loginsADay of [0, 1, 3, 8]) {
      for (const hasBackupCodes of [true, false]) {
        // Who logs in daily without backup codes meets the limit of 30 days: see the page.
        if (!hasBackupCodes && loginsADay > 0) continue;
        const [before, now] = [undefined, failureLimits].map((limits) =>
          shutOut({ limits, loginsADay, hasBackupCodes }),
        );
        expect(now).toBeLessThanOrEqual(Math.max(before ?? 0, longest));
      }
    }
  },
);
