import type { Tracer } from "@countersign/telemetry-ports";
import { type SQL, sql } from "drizzle-orm";
import type { AuditEvent } from "../../../domain/audit/audit-event.js";
import type { AcceptCodeInput } from "../../../domain/enrolment/mfa-store.js";
import { minuteOf } from "../../../domain/throttle/failure-limits.js";
import { MAX_CONSECUTIVE_FAILURES } from "../../../domain/throttle/lockout-policy.js";
import type { LoginScope } from "../../../domain/throttle/throttle-scope.js";
import type { AcceptResult, CodeMatch } from "../../../domain/verification/code-match.js";
import { AUDIT_COLUMNS, type AuditRowMaker, auditJson } from "../audit/audit-table.js";
import { createBatcher, LOGIN_BATCHES } from "../database/batcher.js";
import { type Database, type Orm, queryRows, singleParameterStatement } from "../database/database.js";
import { isOverLimit, THROTTLE_COLUMNS, throttleEntry } from "./failures.js";

/** The column that counts a scope's consecutive failures. */
const FAILURES: Record<LoginScope, SQL> = {
  primary: sql.raw("consecutive_failures"),
  backup: sql.raw("backup_consecutive_failures"),
};

type MatchKind = CodeMatch["kind"];

const SCOPE_OF: Record<MatchKind, LoginScope> = { factor: "primary", "backup-code": "backup" };

interface AcceptanceOptions {
  readonly database: Database;
  readonly auditRow: AuditRowMaker;
  readonly tracer: Tracer | undefined;
  /** Called for each event that was written with an acceptance. Must not throw. */
  readonly onAccepted: (event: AuditEvent) => void;
}

/** Accepts codes, each at most once. */
export interface CodeAcceptance {
  /** For a login: concurrent ones share a statement. */
  readonly accept: (input: AcceptCodeInput) => Promise<AcceptResult>;
  /** For other changes: does the work in the same transaction, after the code is accepted. */
  readonly acceptFor: (input: AcceptCodeInput, work: (tx: Orm) => Promise<void>) => Promise<AcceptResult>;
}

export function createCodeAcceptance(options: AcceptanceOptions): CodeAcceptance {
  const { database, auditRow, tracer, onAccepted } = options;
  const claim = (kind: MatchKind) =>
    createBatcher<AcceptCodeInput, AcceptResult>({
      ...LOGIN_BATCHES,
      tracer,
      keyOf: ({ userId }) => userId,
      run: (inputs) => database.run((orm) => acceptTogether(orm, { kind, inputs }, auditRow)),
    });
  const claims = { factor: claim("factor"), "backup-code": claim("backup-code") };
  return {
    async accept(input) {
      const claimed = await claims[input.match.kind](input);
      if (claimed === undefined) return database.run((orm) => explainFailedAcceptance(orm, input));
      onAccepted(input.event);
      return claimed;
    },
    async acceptFor(input, work) {
      const result = await database.run((orm) =>
        orm.transaction((tx) => acceptThen(tx, input, { auditRow, work: () => work(tx) })),
      );
      if (result.outcome === "accepted") onAccepted(input.event);
      return result;
    },
  };
}

async function acceptThen(
  tx: Orm,
  input: AcceptCodeInput,
  { auditRow, work }: { readonly auditRow: AuditRowMaker; readonly work: () => Promise<void> },
): Promise<AcceptResult> {
  const answers = await acceptTogether(tx, { kind: input.match.kind, inputs: [input] }, auditRow);
  const claimed = answers.get(input.userId);
  if (claimed === undefined) return explainFailedAcceptance(tx, input);
  await work();
  return claimed;
}

/**
 * Claims the matches of many users, of each at most one and all of one kind, in one statement: each claim is still its own conditional row update,
 * which clears the scope's failures, stores the time of use and writes its audit row, or does none of it. Returns every user whose match was claimed,
 * with the backup codes left if one was spent; the matches of other users were not claimed.
 *
 * Settings rows are locked first and in the order of user ids: claims of one user go one after another and see the failures as they are then, and the
 * batches of two replicas cannot deadlock. The claim is the update of `last_accepted` or `used_at`, checked again against the newest row version
 * after any wait.
 */
async function acceptTogether(
  orm: Orm,
  { kind, inputs }: { readonly kind: MatchKind; readonly inputs: readonly AcceptCodeInput[] },
  auditRow: AuditRowMaker,
): Promise<ReadonlyMap<string, AcceptResult>> {
  const entries = JSON.stringify(inputs.map((input) => toEntry(input, auditRow)));
  const rows = await queryRows<{ user_id: string; remaining: number | null }>(orm, CLAIMS[kind](entries));
  return new Map(
    rows.map(({ user_id, remaining }) => [
      user_id,
      { outcome: "accepted", backupCodesRemaining: remaining ?? undefined },
    ]),
  );
}

/**
 * Rows are found by arrays of their keys: a join with the input would read whole tables, because Postgres estimates a hundred rows, whatever it
 * contains.
 */
function claimStatement(
  kind: MatchKind,
  { claim, remaining, note }: { readonly claim: SQL; readonly remaining: SQL; readonly note: SQL },
): (entries: string) => SQL {
  const failures = FAILURES[SCOPE_OF[kind]];
  return singleParameterStatement(
    (entries) => sql`
    with input as materialized (
      select * from jsonb_to_recordset(${entries}::text::jsonb) as i(
        user_id text, factor_id uuid, replay_counter bigint, generation integer, code_hash bytea, at timestamptz, audit jsonb, ${THROTTLE_COLUMNS})
    ), owner as (
      select s.user_id, s.backup_generation, s.code_failures, s.code_failures_forgiven from mfa_settings s
      where s.user_id = any(array(select user_id from input)) and s.is_enabled
        and s.${failures} < ${sql.raw(String(MAX_CONSECUTIVE_FAILURES))}
      order by s.user_id for update
    ), claimed as (
      ${claim}
      returning o.user_id, o.backup_generation, i.code_hash, i.at, i.audit, i.minute
    ), noted as (
      update mfa_settings s set ${failures} = 0, last_used_at = c.at, updated_at = c.at ${note}
      from claimed c where s.user_id = c.user_id
    ), audited as (
      insert into mfa_audit_events (${AUDIT_COLUMNS})
      select ${AUDIT_COLUMNS} from claimed c, jsonb_populate_record(null::mfa_audit_events, c.audit)
    )
    select c.user_id, ${remaining} as remaining from claimed c`,
  );
}

const CLAIMS: Record<MatchKind, (entries: string) => SQL> = {
  factor: claimStatement("factor", {
    claim: sql`
      update mfa_factors f set last_accepted = i.replay_counter from owner o join input i on i.user_id = o.user_id
      where f.id = any(array(select factor_id from input)) and f.user_id = o.user_id and f.id = i.factor_id
        and f.state = 'active' and f.last_accepted < i.replay_counter and ${isOverLimit("o", "i")} is not true`,
    note: sql``,
    remaining: sql`null::integer`,
  }),
  "backup-code": claimStatement("backup-code", {
    claim: sql`
      update mfa_recovery_codes r set used_at = i.at from owner o join input i on i.user_id = o.user_id
      where r.user_id = any(array(select user_id from input)) and r.user_id = o.user_id and r.generation = i.generation
        and o.backup_generation = r.generation and r.code_hash = i.code_hash and r.used_at is null
        and (r.expires_at is null or r.expires_at > i.at)`,
    // A holder of a backup code is not guessing. The longer limits stay, so that the user's use of backup codes gives an attacker no more guesses.
    note: sql`, code_failures_forgiven = case when s.code_failures is not null then c.minute end`,
    // The statement sees the table before its own update.
    remaining: sql`(
      select count(*)::int from mfa_recovery_codes r
      where r.user_id = c.user_id and r.generation = c.backup_generation and r.used_at is null
        and (r.expires_at is null or r.expires_at > c.at) and r.code_hash <> c.code_hash
    )`,
  }),
};

/** Written out for each kind: every login creates one, and objects of a fixed shape are faster than merged ones. */
function toEntry(input: AcceptCodeInput, auditRow: AuditRowMaker): object {
  const { userId, match, at, event } = input;
  const audit = auditJson(auditRow(event));
  if (match.kind === "factor") {
    const { factorId, replayCounter } = match;
    const { daily, monthly, yearly, minute, paused } = throttleEntry(input);
    return {
      user_id: userId,
      factor_id: factorId,
      replay_counter: replayCounter.toString(),
      at: at.toISOString(),
      audit,
      daily,
      monthly,
      yearly,
      minute,
      paused,
    };
  }
  const { generation, hash } = match;
  return {
    user_id: userId,
    generation,
    code_hash: `\\x${hash.toString("hex")}`,
    at: at.toISOString(),
    audit,
    minute: minuteOf(at),
  };
}

async function explainFailedAcceptance(orm: Orm, input: AcceptCodeInput): Promise<AcceptResult> {
  const [found] = await queryRows<{ there: boolean; locked: boolean; known: boolean }>(
    orm,
    failedAcceptanceStatement(input),
  );
  if (found?.there !== true) return { outcome: "gone" };
  if (found.locked) return { outcome: "locked" };
  return { outcome: found.known ? "replayed" : "unknown" };
}

/** Why a claim failed. Read afterwards, for the answer and the audit log only: it never approves. */
function failedAcceptanceStatement(input: AcceptCodeInput): SQL {
  const { userId, match } = input;
  const exists =
    match.kind === "factor"
      ? sql`exists (select from mfa_factors f where f.user_id = s.user_id and f.id = ${match.factorId}::uuid and f.state = 'active')`
      : sql`s.backup_generation = ${match.generation}`;
  const known =
    match.kind === "factor"
      ? sql`true`
      : sql`exists (select from mfa_recovery_codes c where c.user_id = s.user_id and c.generation = ${match.generation} and c.code_hash = ${match.hash})`;
  const throttle = JSON.stringify(throttleEntry(input));
  const over = match.kind === "factor" ? isOverLimit("s", "i") : sql`false`;
  return sql`
    select s.is_enabled and ${exists} as there, ${known} as known,
      ${FAILURES[SCOPE_OF[match.kind]]} >= ${MAX_CONSECUTIVE_FAILURES} or ${over} is true as locked
    from mfa_settings s, jsonb_to_record(${throttle}::text::jsonb) as i(${THROTTLE_COLUMNS}) where s.user_id = ${userId}`;
}
