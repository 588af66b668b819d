import { type SQL, sql } from "drizzle-orm";
import type { Factor, UserMfa } from "../../../domain/factor/factor.js";
import type { FactorMethod } from "../../../domain/factor/method.js";
import type { TotpParameters } from "../../../domain/factor/totp.js";
import { NO_FAILURES } from "../../../domain/throttle/failure-limits.js";
import type { UserId } from "../../../domain/user-id.js";
import { type Orm, queryRows, singleParameterStatement } from "../database/database.js";
import { toFailureRecord } from "../verification/failures.js";

/** Times are milliseconds since 1970. */
interface Row {
  readonly user_id: UserId;
  readonly preferred_method: FactorMethod | null;
  readonly is_enabled: boolean;
  readonly is_verified: boolean;
  readonly backup_generation: number;
  readonly backup_salt: Uint8Array | null;
  readonly backup_scheme: string | null;
  readonly failures: number;
  readonly backup_failures: number;
  readonly created: number;
  readonly verified: number | null;
  readonly last_used: number | null;
  readonly remaining: number;
  readonly factor: FactorColumns | null;
  /** The secret or the destination, as the factor's method has it. */
  readonly sealed: Uint8Array | null;
  /** Failures on record; null for nearly all users. */
  readonly on_record: FailuresOnRecord | null;
}

interface FailuresOnRecord {
  readonly primary: readonly number[] | null;
  readonly backup: readonly number[] | null;
  readonly forgiven: number | null;
}

/** In one column: V8 makes a slow dictionary of a row with more than sixteen. */
interface FactorColumns {
  readonly id: string;
  readonly method: string;
  readonly state: string;
  readonly algorithm: TotpParameters["algorithm"] | null;
  readonly digits: number | null;
  readonly period: number | null;
  readonly accepted: string;
  readonly created: number;
  /** The sealed address for notices of a TOTP factor, in base64. */
  readonly notice_email: string | null;
}

/**
 * Settings, factor and backup codes of each user, in one statement, so from one snapshot. An unknown user has no answer. The ids go as one JSON
 * parameter, so that the statement is the same for any number of them. Hand-written, because every login reads: the builder would take as long to
 * assemble a row as Postgres to find it.
 */
export async function readUsers(orm: Orm, userIds: readonly UserId[]): Promise<ReadonlyMap<UserId, UserMfa>> {
  const rows = await queryRows<Row>(orm, READ(JSON.stringify(userIds)));
  return new Map(rows.map((row) => [row.user_id, toUser(row)]));
}

const MS = {
  created: milliseconds("s.created_at"),
  verified: milliseconds("s.verified_at"),
  lastUsed: milliseconds("s.last_used_at"),
  factorCreated: milliseconds("f.created_at"),
};

function milliseconds(column: string): SQL {
  return sql.raw(`(extract(epoch from ${column}) * 1000)::float8`);
}

const READ = singleParameterStatement(
  (userIds) => sql`
    select s.user_id, s.preferred_method, s.is_enabled, s.is_verified, s.backup_generation, s.backup_salt, s.backup_scheme,
      s.consecutive_failures as failures, s.backup_consecutive_failures as backup_failures,
      ${MS.created} as created, ${MS.verified} as verified, ${MS.lastUsed} as last_used, (
        select count(*)::int from mfa_recovery_codes c
        where c.user_id = s.user_id and c.generation = s.backup_generation
          and c.used_at is null and (c.expires_at is null or c.expires_at > now())
      ) as remaining,
      case when f.id is not null then json_build_object('id', f.id, 'method', f.method, 'state', f.state, 'algorithm', f.totp_algorithm,
        'digits', f.totp_digits, 'period', f.totp_period_seconds, 'accepted', f.last_accepted::text, 'created', ${MS.factorCreated},
        'notice_email', case f.method when 'totp' then encode(f.email_encrypted, 'base64') end
      ) end as factor,
      case f.method when 'totp' then f.totp_secret_encrypted when 'sms' then f.phone_number_encrypted
        when 'email' then f.email_encrypted end as sealed,
      case when s.code_failures is not null or s.backup_code_failures is not null then json_build_object('primary', s.code_failures,
        'backup', s.backup_code_failures, 'forgiven', s.code_failures_forgiven) end as on_record
    from mfa_settings s left join mfa_factors f on f.user_id = s.user_id
    where s.user_id = any(array(select jsonb_array_elements_text(${userIds}::text::jsonb)))`,
);

function toUser(row: Row): UserMfa {
  return {
    userId: row.user_id,
    enabled: row.is_enabled,
    verified: row.is_verified,
    method: row.preferred_method ?? undefined,
    factor: row.factor === null ? undefined : toFactor(row.factor, row.sealed),
    backupCodes:
      row.backup_salt === null || row.backup_scheme === null
        ? undefined
        : {
            generation: row.backup_generation,
            salt: bufferOf(row.backup_salt),
            scheme: row.backup_scheme,
            remaining: row.remaining,
          },
    consecutiveFailures: { primary: row.failures, backup: row.backup_failures },
    failures: row.on_record === null ? NONE_ON_RECORD : toFailures(row.on_record),
    createTime: new Date(row.created),
    verifyTime: row.verified === null ? undefined : new Date(row.verified),
    lastUseTime: row.last_used === null ? undefined : new Date(row.last_used),
  };
}

const NONE_ON_RECORD: UserMfa["failures"] = { primary: NO_FAILURES, backup: NO_FAILURES };

/** Only those of the scope `primary` can be forgiven. */
function toFailures({ primary, backup, forgiven }: FailuresOnRecord): UserMfa["failures"] {
  return {
    primary: toFailureRecord({ minutes: primary, forgiven }),
    backup: toFailureRecord({ minutes: backup, forgiven: null }),
  };
}

/** A row that misses what its method needs is a fault, never a factor that matches nothing or everything. */
function toFactor(columns: FactorColumns, sealed: Uint8Array | null): Factor {
  const { id, method, algorithm, digits, period: periodSeconds } = columns;
  const state = columns.state === "active" ? "active" : "pending";
  const createTime = new Date(columns.created);
  const replayCounter = BigInt(columns.accepted);
  if (sealed === null) throw incomplete(id);
  if (method === "totp") {
    if (algorithm === null || periodSeconds === null) throw incomplete(id);
    const parameters = { algorithm, digits: digits === 8 ? 8 : 6, periodSeconds } as const;
    const { notice_email: noticeEmail } = columns;
    return {
      id,
      state,
      createTime,
      replayCounter,
      method,
      parameters,
      sealedSecret: bufferOf(sealed),
      sealedNoticeEmail: noticeEmail === null ? undefined : Buffer.from(noticeEmail, "base64"),
    };
  }
  if (method !== "sms" && method !== "email") throw incomplete(id);
  return { id, state, createTime, replayCounter, method, sealedDestination: bufferOf(sealed) };
}

/** postgres.js answers a Buffer, PGlite an array of bytes. */
function bufferOf(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes);
}

function incomplete(id: string): Error {
  return new Error(`factor ${id} is incomplete`);
}
