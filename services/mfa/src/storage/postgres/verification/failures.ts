import { type SQL, sql } from "drizzle-orm";
import {
  FAILURES_KEPT,
  type FailureRecord,
  minuteOf,
  NO_FAILURES,
  pausedAfter,
  type Throttle,
  WINDOW_MINUTES,
} from "../../../domain/throttle/failure-limits.js";
import type { LoginScope } from "../../../domain/throttle/throttle-scope.js";

/** A record of failures as stored; null if there is none. */
export interface FailureColumns {
  readonly minutes: readonly number[] | null;
  readonly forgiven: number | null;
}

/** The column with a scope's failures on record. */
const FAILURE_MINUTES: Record<LoginScope, SQL> = {
  primary: sql.raw("code_failures"),
  backup: sql.raw("backup_code_failures"),
};

export function toFailureRecord({ minutes, forgiven }: FailureColumns): FailureRecord {
  return minutes === null ? NO_FAILURES : { minutes, forgivenMinute: forgiven ?? undefined };
}

/** The throttle at a time, as THROTTLE_COLUMNS reads it. */
export function throttleEntry({ throttle, at }: { readonly throttle: Throttle; readonly at: Date }) {
  const { daily, monthly, yearly } = throttle.limits;
  return { daily, monthly, yearly, minute: minuteOf(at), paused: pausedAfter(throttle, at) };
}

export const THROTTLE_COLUMNS = sql.raw(
  "daily integer, monthly integer, yearly integer, minute integer, paused integer",
);

/**
 * Whether a limit refuses codes, by the failures of `settings` and the throttle of `input`: the same rule as `metLimit`. Failures are kept newest
 * first, so that a limit of n is met while the n-th is within the window. Null, which is not true, for a user without failures.
 */
export function isOverLimit(settings: string, input: string): SQL {
  const failure = (index: string) => `${settings}.code_failures[${index}]`;
  const since = (window: keyof typeof WINDOW_MINUTES) => `${input}.minute - ${WINDOW_MINUTES[window]}`;
  return sql.raw(`(
    ${failure(`${input}.yearly`)} >= ${since("yearly")} or ${failure(`${input}.monthly`)} >= ${since("monthly")}
    or (${failure(`${input}.daily`)} >= greatest(${since("daily")}, ${settings}.code_failures_forgiven + 1)
      and ${failure("1")} > coalesce(${input}.paused, 0))
  )`);
}

/** The failures of a settings row with those of `added`, an array of minutes or null: sorted, without old ones, cut to FAILURES_KEPT. */
export function withFailures(settings: string, scope: LoginScope, added: string): SQL {
  const column = sql`${sql.raw(settings)}.${FAILURE_MINUTES[scope]}`;
  const minutes = sql.raw(added);
  const oldest = sql.raw(`- ${WINDOW_MINUTES.yearly}`);
  return sql`case when ${minutes} is null then ${column} else (array(
    select m from unnest(${minutes} || ${column}) m
    where m >= (select max(n) from unnest(${minutes}) n) ${oldest} order by m desc
  ))[1:${sql.raw(String(FAILURES_KEPT))}] end`;
}
