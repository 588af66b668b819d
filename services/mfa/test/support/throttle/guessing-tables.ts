import type { MfaPolicy } from "../../../src/domain/policy/mfa-policy.js";
import { LOCKOUT_SCHEDULE_MS } from "../../../src/domain/throttle/lockout-policy.js";
import { type GuessingCase, playGuessing } from "./guessing-model.js";

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const LOGIN_RATES = [0, 1, 3, 8];
const SPRAYED_USERS = 10_000;

/** The settings that the tables are computed from. */
export interface Settings {
  readonly policy: MfaPolicy;
  readonly callsPerMinute: number;
}

/** How likely one guess is right, by method. */
export function oddsOfAGuess({ policy }: Settings) {
  const steps = 2 * policy.totpWindow + 1;
  return {
    [`TOTP, 6 digits, ±${policy.totpWindow}`]: steps / 1e6,
    [`TOTP, 8 digits, ±${policy.totpWindow}`]: steps / 1e8,
    "SMS, e-mail": 1 / 1e6,
    "Backup codes": policy.backupCodesCount / 2 ** 48,
  };
}

export function atLeastOnce(odds: number, guesses: number): number {
  return -Math.expm1(guesses * Math.log1p(-odds));
}

export function played({ policy }: Settings, given: Partial<GuessingCase>) {
  return playGuessing({
    limits: policy.failureLimits,
    maxAttempts: policy.maxAttempts,
    lockoutScheduleMs: LOCKOUT_SCHEDULE_MS,
    loginsADay: 0,
    hasBackupCodes: true,
    stopsShort: false,
    forMs: 365 * DAY_MS,
    ...given,
  });
}

export function guessingTables(settings: Settings): string {
  return [oddsTable(settings), sprayTable(settings), shutOutTable(settings)].join("\n\n");
}

/** What the better of two attackers has guessed: one who never waits, and one who lets the user go on to log in. */
function mostGuesses(settings: Settings, loginsADay: number): readonly number[] {
  const both = [false, true].map((stopsShort) => played(settings, { loginsADay, stopsShort }).guesses);
  return [1, 30, 365].map((days) =>
    Math.max(...both.map((guesses) => guesses.filter((at) => at < days * DAY_MS).length)),
  );
}

function oddsTable(settings: Settings): string {
  const odds = Object.entries(oddsOfAGuess(settings));
  const [[first, likeliest] = ["", 1]] = odds;
  const header = [
    ...["Logins a day", "Guesses in 24 hours", "30 days", "365 days"],
    ...odds.map(([name]) => name),
    `${first}, without these limits`,
  ];
  const rows = LOGIN_RATES.map((loginsADay) => {
    const most = mostGuesses(settings, loginsADay);
    const { backupGuesses } = played(settings, { loginsADay });
    const without = played(settings, { loginsADay, limits: undefined }).guesses.length;
    const own = most.at(-1) ?? 0;
    return [
      String(loginsADay),
      ...most.map(String),
      ...odds.map(([name, each]) =>
        percent(atLeastOnce(each, name === "Backup codes" ? backupGuesses : own)),
      ),
      percent(atLeastOnce(likeliest, without)),
    ];
  });
  return table(header, rows);
}

function sprayTable(settings: Settings): string {
  const [[, odds] = ["", 0]] = Object.entries(oddsOfAGuess(settings));
  const header = ["Logins a day", "Broken into in 24 hours", "30 days", "365 days"];
  const rows = LOGIN_RATES.map((loginsADay) => {
    const broken = mostGuesses(settings, loginsADay).map((each, index) => {
      const calls = settings.callsPerMinute * 60 * 24 * ([1, 30, 365][index] ?? 0);
      return (Math.min(each * SPRAYED_USERS, calls) * odds).toFixed(2);
    });
    return [String(loginsADay), ...broken];
  });
  return table(header, rows);
}

function shutOutTable(settings: Settings): string {
  const header = [
    "The stranger guesses for",
    "The user logs in",
    "By the lockout schedule and 100 in a row alone",
    "Now, with backup codes",
    "Now, without",
  ];
  const lengths = {
    "an hour": HOUR_MS,
    "a day": DAY_MS,
    "two days": 2 * DAY_MS,
    "a week": 7 * DAY_MS,
    "30 days": 30 * DAY_MS,
    "90 days": 90 * DAY_MS,
  };
  const rows = Object.entries(lengths).flatMap(([name, forMs]) =>
    [0, 1].map((loginsADay) => {
      const after = (given: Partial<GuessingCase>) =>
        duration(played(settings, { forMs, loginsADay, ...given }).shutOutMs);
      return [
        name,
        loginsADay === 0 ? "never" : "daily",
        after({ limits: undefined }),
        after({}),
        after({ hasBackupCodes: false }),
      ];
    }),
  );
  return table(header, rows);
}

function table(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;
  return [line(header), line(header.map(() => "---")), ...rows.map(line)].join("\n");
}

function percent(odds: number): string {
  if (odds * 100 < 0.000_1) return "< 0.0001 %";
  return `${(odds * 100).toPrecision(2)} %`;
}

function duration(ms: number): string {
  if (!Number.isFinite(ms)) return "until an operator unlocks";
  return ms < DAY_MS ? `${Math.ceil(ms / 60_000)} min` : `${Math.ceil(ms / DAY_MS)} days, or an operator`;
}
