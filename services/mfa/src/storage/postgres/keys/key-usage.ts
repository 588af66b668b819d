import { type SQL, sql } from "drizzle-orm";
import { SEALED_COLUMNS } from "../../../domain/crypto/secret-cipher.js";
import { type Orm, queryRows } from "../database/database.js";

/** How many rows need a key to be read, checked or verified. */
export interface KeyUsage {
  /** Sealed secrets and addresses of factors. Re-encryption moves them to the active key. */
  readonly sealedValues: number;
  /** Users with unused backup codes that were hashed under the key's pepper. They cannot be re-encrypted: a hash cannot be reversed. */
  readonly backupCodeSets: number;
  /** Rows and seals of the audit log with a MAC under the key. They are removed by the log's retention. */
  readonly auditRows: number;
  /** Whether the next seal of the audit log must verify this key's signature, whatever else may be lost. */
  readonly signsNewestSeal: boolean;
}

export const NO_USAGE: KeyUsage = {
  sealedValues: 0,
  backupCodeSets: 0,
  auditRows: 0,
  signsNewestSeal: false,
};

/** Usage by key id, as the rows name it. An envelope without a key id counts under "(malformed)". */
export async function readKeyUsage(orm: Orm): Promise<ReadonlyMap<string, KeyUsage>> {
  const usage = new Map<string, KeyUsage>();
  for (const field of ["sealedValues", "backupCodeSets", "auditRows"] as const) {
    for (const { id, count } of await queryRows<{ id: string; count: string }>(orm, COUNTS[field]))
      usage.set(id, { ...(usage.get(id) ?? NO_USAGE), [field]: Number(count) });
  }
  const [seal] = await queryRows<{ id: string }>(orm, NEWEST_SEAL);
  if (seal !== undefined) usage.set(seal.id, { ...(usage.get(seal.id) ?? NO_USAGE), signsNewestSeal: true });
  return usage;
}

const NEWEST_SEAL = sql`select key_id as id from mfa_audit_seals order by number desc limit 1`;

/** The second byte of an envelope is the length of the key id that follows. */
const KEY_ID = sql.raw(`case when length(value) > 2 and get_byte(value, 1) between 1 and 32
  then encode(substring(value from 3 for get_byte(value, 1)), 'escape') else '(malformed)' end`);

const SEALED_VALUES = sql.raw(
  SEALED_COLUMNS.map(
    (column) => `select ${column} as value from mfa_factors where ${column} is not null`,
  ).join(" union all "),
);

const COUNTS: Readonly<Record<Exclude<keyof KeyUsage, "signsNewestSeal">, SQL>> = {
  sealedValues: sql`select ${KEY_ID} as id, count(*) as count from (${SEALED_VALUES}) v group by 1`,
  backupCodeSets: sql`
    select split_part(s.backup_scheme, ':', 3) as id, count(*) as count from mfa_settings s
    where s.backup_scheme is not null and exists (
      select from mfa_recovery_codes c
      where c.user_id = s.user_id and c.generation = s.backup_generation and c.used_at is null)
    group by 1`,
  auditRows: sql`
    select key_id as id, count(*) as count from (
      select key_id from mfa_audit_events union all select key_id from mfa_audit_seals) a
    group by 1`,
};

/** The key of the newest row in the audit log; undefined while the log is empty. */
export async function readNewestKeyId(orm: Orm): Promise<string | undefined> {
  const [row] = await queryRows<{ key_id: string }>(
    orm,
    sql`select key_id from mfa_audit_events order by occurred_at desc limit 1`,
  );
  return row?.key_id;
}
