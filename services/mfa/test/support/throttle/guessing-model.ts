import {
  FAILURES_KEPT,
  type FailureLimits,
  type FailureRecord,
  metLimit,
  minuteOf,
  NO_FAILURES,
} from "../../../src/domain/throttle/failure-limits.js";
import { ATTEMPT_MEMORY_MS, MAX_CONSECUTIVE_FAILURES } from "../../../src/domain/throttle/lockout-policy.js";

/** What is guessed at, and by which settings. */
export interface GuessingCase {
  /** Undefined: as if there were none. */
  readonly limits: FailureLimits | undefined;
  readonly maxAttempts: number;
  readonly lockoutScheduleMs: readonly number[];
  readonly loginsADay: number;
  readonly hasBackupCodes: boolean;
  /**
   * Whether the attacker leaves backup codes alone and stays one below the limit of 24 hours, so that the user goes on to log in by codes, which
   * clears the count in a row.
   */
  readonly stopsShort: boolean;
  /** For so long the attacker tries both scopes at every moment at which a code is compared. */
  readonly forMs: number;
}

export interface GuessingResult {
  /** Guesses at the user's own method, by when they were made, in ms from the start. */
  readonly guesses: readonly number[];
  /** Guesses at backup codes. */
  readonly backupGuesses: number;
  /** How long the user is shut out from the last guess on, by every way in; infinite where an operator has to act. */
  readonly shutOutMs: number;
}

/** One throttle scope of the user. */
interface Scope {
  used: number;
  level: number;
  lockedUntil: number;
  lastAttempt: number;
  consecutive: number;
  record: FailureRecord;
}

const DAY_MS = 86_400_000;
/** Far from 1970, so that every window lies after it. */
const START = Date.parse("2026-01-01T00:00:00Z");

/**
 * Plays an attacker who holds the password and never guesses right, beside a user who logs in at even distances, by the limits of the domain and the
 * lockout schedule. A success resets the lockout level, which favours the attacker.
 */
export function playGuessing(given: GuessingCase): GuessingResult {
  const [own, backup] = [newScope(), newScope()];
  const guesses: number[] = [];
  let backupGuesses = 0;
  const end = START + given.forMs;
  const between = given.loginsADay === 0 ? Number.POSITIVE_INFINITY : DAY_MS / given.loginsADay;
  let nextLogin = START + between / 2;
  let now = START;
  for (;;) {
    const ownOpens = opensAt(own, now, throttleIn(given, backup, given.stopsShort ? 1 : 0));
    const backupOpens = given.stopsShort ? Number.POSITIVE_INFINITY : opensAt(backup, now);
    const next = Math.min(ownOpens, backupOpens, nextLogin);
    if (next > end) return { guesses, backupGuesses, shutOutMs: shutOut(given, own, backup) };
    now = next;
    if (next === nextLogin) {
      logIn(given, { own, backup, at: next });
      nextLogin += between;
    } else if (next === ownOpens) {
      fail(given, own, next);
      if (given.limits !== undefined) own.record = withFailure(own.record, next);
      guesses.push(next - START);
    } else {
      fail(given, backup, next);
      backupGuesses += 1;
    }
  }
}

function newScope(): Scope {
  return { used: 0, level: 0, lockedUntil: START, lastAttempt: START, consecutive: 0, record: NO_FAILURES };
}

type Refusing = ((record: FailureRecord, at: number) => number) | undefined;

function throttleIn(given: GuessingCase, backup: Scope, short = 0): Refusing {
  if (given.limits === undefined) return undefined;
  const { lockoutScheduleMs, hasBackupCodes } = given;
  const limits = { ...given.limits, daily: given.limits.daily - short };
  const hasWayIn = hasBackupCodes && backup.consecutive < MAX_CONSECUTIVE_FAILURES;
  const throttle = { limits, pauseMs: hasWayIn ? undefined : lockoutScheduleMs.at(-1) };
  return (record, at) => metLimit(record, throttle, new Date(at))?.openTime.getTime() ?? at;
}

/** When a code of the scope is compared next. */
function opensAt(scope: Scope, now: number, refusing?: Refusing): number {
  if (scope.consecutive >= MAX_CONSECUTIVE_FAILURES) return Number.POSITIVE_INFINITY;
  const at = Math.max(scope.lockedUntil, now);
  return refusing === undefined ? at : Math.max(at, refusing(scope.record, at));
}

function withFailure(record: FailureRecord, at: number): FailureRecord {
  return { ...record, minutes: [minuteOf(new Date(at)), ...record.minutes].slice(0, FAILURES_KEPT) };
}

function fail({ maxAttempts, lockoutScheduleMs }: GuessingCase, scope: Scope, at: number): void {
  if (at - scope.lastAttempt > ATTEMPT_MEMORY_MS) Object.assign(scope, { used: 0, level: 0 });
  scope.used += 1;
  scope.lastAttempt = at;
  scope.consecutive += 1;
  if (scope.used < maxAttempts) return;
  scope.level = Math.min(scope.level + 1, lockoutScheduleMs.length);
  scope.lockedUntil = at + (lockoutScheduleMs[scope.level - 1] ?? 0);
  scope.used = 0;
}

function succeed(scope: Scope, at: number): void {
  Object.assign(scope, { used: 0, level: 0, lockedUntil: at, consecutive: 0 });
}

/** By the own method, at the latest at the end of a lockout or of a pause, else by a backup code, of which there is always another. */
function logIn(
  given: GuessingCase,
  { own, backup, at }: { readonly own: Scope; readonly backup: Scope; readonly at: number },
): void {
  const opens = throttleIn(given, backup)?.(own.record, at) ?? at;
  const refused = opens - at > (given.lockoutScheduleMs.at(-1) ?? 0);
  if (own.consecutive < MAX_CONSECUTIVE_FAILURES && !refused) succeed(own, at);
  else if (given.hasBackupCodes && backup.consecutive < MAX_CONSECUTIVE_FAILURES) {
    succeed(backup, at);
    own.record = { ...own.record, forgivenMinute: minuteOf(new Date(at)) };
  }
}

function shutOut(given: GuessingCase, own: Scope, backup: Scope): number {
  const last = Math.max(own.lastAttempt, backup.lastAttempt);
  const ways = [opensAt(own, last, throttleIn(given, backup))];
  if (given.hasBackupCodes) ways.push(opensAt(backup, last));
  return Math.max(0, Math.min(...ways) - last);
}
