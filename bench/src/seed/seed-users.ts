import { createFieldCipher, createMac, keyRingFromMasterKey } from "@countersign/field-crypto";
import { createBackupCodeHasher } from "@countersign/mfa/testing/set-up";
import type postgres from "postgres";
import {
  BACKUP_CODES,
  base32,
  EMAIL_USERS,
  emailOf,
  factorIdOf,
  totpSecretOf,
  userIdOf,
} from "./bench-user.js";

export interface SeedOptions {
  readonly total: number;
  /** The users that log in. They alone have envelopes that open and backup codes. */
  readonly active: readonly number[];
  readonly encryptionKey: string;
  /** Base cost of backup codes, as the service's own default. */
  readonly logN: number;
}

const SALT = Buffer.alloc(16, 7);
const BATCH = 5_000;

/**
 * Fills the tables. Postgres makes the users that never log in, their envelopes random bytes of the right length; those who log in get real
 * ones, each bound to its user and factor.
 */
export async function seedUsers(sql: postgres.Sql, options: SeedOptions): Promise<void> {
  const ring = keyRingFromMasterKey(options.encryptionKey);
  const cipher = createFieldCipher(ring);
  await sql`create table bench_active (index integer primary key, sealed bytea not null)`;
  for (let start = 0; start < options.active.length; start += BATCH) {
    const rows = options.active.slice(start, start + BATCH).map((index) => ({
      index,
      sealed: cipher.seal(base32(totpSecretOf(index)), {
        owner: userIdOf(index),
        field: `mfa_factors.totp_secret_encrypted:${factorIdOf(index)}`,
      }),
    }));
    await sql`insert into bench_active ${sql(rows, "index", "sealed")}`;
  }
  const scheme = `scrypt:${options.logN}:${ring.active("backup-pepper").id}`;
  await fillTables(sql, options.total, scheme);
  await addEmailUsers(sql, cipher, options.total);
  await addBackupCodes(sql, ring, scheme);
  await sql`vacuum (analyze) mfa_settings, mfa_factors, mfa_recovery_codes`;
}

async function fillTables(sql: postgres.Sql, total: number, scheme: string): Promise<void> {
  await sql.begin(async (tx) => {
    // Without the triggers of foreign keys, which would look each row's owner up again.
    await tx`set local session_replication_role = replica`;
    await tx`insert into mfa_settings (user_id, preferred_method, is_enabled, is_verified, backup_generation, backup_salt, backup_scheme,
        created_at, updated_at, verified_at)
      select md5('user-' || i)::uuid::text, 'totp', true, true, 1, ${SALT}, ${scheme}, now(), now(), now()
      from generate_series(0, ${total - 1}::int) i`;
    await tx`insert into mfa_factors (id, user_id, method, state, totp_algorithm, totp_digits, totp_period_seconds, totp_secret_encrypted,
        created_at)
      select md5('factor-' || i)::uuid, md5('user-' || i)::uuid::text, 'totp', 'active', 'SHA1', 6, 30,
        coalesce(a.sealed, sha512(int4send(i)) || substr(sha512(int4send(-i)), 1, 15)), now()
      from generate_series(0, ${total - 1}::int) i left join bench_active a on a.index = i`;
  });
}

async function addEmailUsers(
  sql: postgres.Sql,
  cipher: ReturnType<typeof createFieldCipher>,
  first: number,
): Promise<void> {
  const now = new Date();
  const users = Array.from({ length: EMAIL_USERS }, (_, position) => first + position);
  const owners = users.map((index) => ({
    user_id: userIdOf(index),
    preferred_method: "email",
    is_enabled: true,
    is_verified: true,
    created_at: now,
    updated_at: now,
    verified_at: now,
  }));
  const factors = users.map((index) => ({
    id: factorIdOf(index),
    user_id: userIdOf(index),
    method: "email",
    state: "active",
    email_encrypted: cipher.seal(emailOf(index), {
      owner: userIdOf(index),
      field: `mfa_factors.email_encrypted:${factorIdOf(index)}`,
    }),
    created_at: now,
  }));
  await sql`insert into mfa_settings ${sql(owners)}`;
  await sql`insert into mfa_factors ${sql(factors)}`;
}

async function addBackupCodes(
  sql: postgres.Sql,
  ring: ReturnType<typeof keyRingFromMasterKey>,
  scheme: string,
): Promise<void> {
  const mac = createMac(ring, "backup-pepper");
  const hasher = createBackupCodeHasher({
    pepper: {
      activeKeyId: () => ring.active("backup-pepper").id,
      mac: (_, code) => mac.mac(["backup-code", code]),
    },
    randomBytes: () => SALT,
    logN: 14,
    concurrency: 2,
    queueLimit: BACKUP_CODES.length,
  });
  const hashes = await Promise.all(BACKUP_CODES.map((code) => hasher.hash(code, { salt: SALT, scheme })));
  // User by user, as enrolment writes them: a user's codes lie on one page, or two.
  await sql`insert into mfa_recovery_codes (user_id, generation, code_hash, created_at)
    select md5('user-' || index)::uuid::text, 1, decode(hash, 'hex'), now()
    from bench_active cross join unnest(${hashes.map((hash) => hash.toString("hex"))}::text[]) hash order by index`;
}
