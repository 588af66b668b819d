import { type SQL, sql } from "drizzle-orm";
import type { Factor, TotpFactor, UserMfa } from "../../domain/factor.js";
import type { FactorMethod } from "../../domain/method.js";
import type { TotpParameters } from "../../domain/totp.js";
import type { UserId } from "../../domain/user-id.js";
import { type Orm, queryRows } from "./database.js";

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
  readonly factor_id: string | null;
  readonly method: string;
  readonly state: string;
  readonly totp_algorithm: TotpParameters["algorithm"] | null;
  readonly totp_digits: number | null;
  readonly totp_period_seconds: number | null;
  readonly totp_secret_encrypted: Uint8Array | null;
  readonly phone_number_encrypted: Uint8Array | null;
  readonly email_encrypted: Uint8Array | null;
  readonly last_accepted: string;
  readonly factor_created: number;
}

/**
 * Settings, factor and stock of backup codes of each user, in one statement, hence of one moment. A user never seen has no answer.
 * The ids go as one JSON parameter, so that the statement is the same for any number of them. By hand, as every login reads: the builder
 * would take as long to put a row together as Postgres to find it.
 */
export async function readUsers(orm: Orm, userIds: readonly UserId[]): Promise<ReadonlyMap<UserId, UserMfa>> {
  const rows = await queryRows<Row>(orm, readStatement(userIds));
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

function readStatement(userIds: readonly UserId[]): SQL {
  return sql`
    select s.user_id, s.preferred_method, s.is_enabled, s.is_verified, s.backup_generation, s.backup_salt, s.backup_scheme,
      s.consecutive_failures as failures, s.backup_consecutive_failures as backup_failures,
      ${MS.created} as created, ${MS.verified} as verified, ${MS.lastUsed} as last_used, (
        select count(*)::int from mfa_recovery_codes c
        where c.user_id = s.user_id and c.generation = s.backup_generation
          and c.used_at is null and (c.expires_at is null or c.expires_at > now())
      ) as remaining,
      f.id as factor_id, f.method, f.state, f.totp_algorithm, f.totp_digits, f.totp_period_seconds, f.totp_secret_encrypted,
      f.phone_number_encrypted, f.email_encrypted, f.last_accepted::text as last_accepted, ${MS.factorCreated} as factor_created
    from mfa_settings s left join mfa_factors f on f.user_id = s.user_id
    where s.user_id = any(array(select jsonb_array_elements_text(${JSON.stringify(userIds)}::text::jsonb)))`;
}

function toUser(row: Row): UserMfa {
  return {
    userId: row.user_id,
    enabled: row.is_enabled,
    verified: row.is_verified,
    method: row.preferred_method ?? undefined,
    factor: row.factor_id === null ? undefined : toFactor(row, row.factor_id),
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
    createTime: new Date(row.created),
    verifyTime: row.verified === null ? undefined : new Date(row.verified),
    lastUseTime: row.last_used === null ? undefined : new Date(row.last_used),
  };
}

/** A row that misses what its method needs is a fault, never a factor that matches nothing or everything. */
function toFactor(row: Row, id: string): Factor {
  const { method } = row;
  const base = {
    id,
    state: row.state === "active" ? "active" : "pending",
    createTime: new Date(row.factor_created),
    lastAccepted: BigInt(row.last_accepted),
  } as const;
  if (method === "totp") return { ...base, method, ...totpOf(row, id) };
  const sealed = method === "sms" ? row.phone_number_encrypted : row.email_encrypted;
  if ((method !== "sms" && method !== "email") || sealed === null) throw incomplete(id);
  return { ...base, method, sealedDestination: bufferOf(sealed) };
}

function totpOf(row: Row, id: string): Pick<TotpFactor, "parameters" | "sealedSecret"> {
  const {
    totp_secret_encrypted: sealed,
    totp_algorithm: algorithm,
    totp_period_seconds: periodSeconds,
  } = row;
  if (sealed === null || periodSeconds === null || algorithm === null) throw incomplete(id);
  return {
    parameters: { algorithm, digits: row.totp_digits === 8 ? 8 : 6, periodSeconds },
    sealedSecret: bufferOf(sealed),
  };
}

/** postgres.js answers a Buffer, PGlite an array of bytes. */
function bufferOf(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes);
}

function incomplete(id: string): Error {
  return new Error(`factor ${id} is incomplete`);
}
