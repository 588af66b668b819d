import { sql } from "drizzle-orm";
import { SEALED_COLUMNS } from "../../../domain/crypto/secret-cipher.js";
import { type Database, type Orm, queryRows } from "../database/database.js";
import { envelopeHead } from "./sealed-values.js";

/** What the database needs and a key ring lacks. */
export interface LackingKeys {
  /** Ids of keys that rows name. */
  readonly missing: readonly string[];
  /** Ids that are still listed although nothing names them any more. */
  readonly unused: readonly string[];
}

/** How long a removal may delay enrolments. */
const LOCK_LIMIT = "2s";

/**
 * Compares the usable keys of a ring, by id, with those that sealed factors, peppered unused backup codes or signed the newest seal. If none is
 * missing, this costs one small query; otherwise users are read until one of the key is found. Changes nothing.
 */
export async function findLackingKeys(orm: Orm, usable: readonly string[]): Promise<LackingKeys> {
  const missing: string[] = [];
  const unused: string[] = [];
  for (const { id, signs } of await readNotedKeys(orm)) {
    if (usable.includes(id)) continue;
    if (signs || (await isNamed(orm, id))) missing.push(id);
    else unused.push(id);
  }
  return { missing, unused };
}

/**
 * Removes ids that no row names from the list, and returns those that stay because a row does. Concurrent enrolments wait, so that no id is removed
 * between its listing and its row. Throws MfaError STORE_UNAVAILABLE if the lock is not acquired in two seconds.
 */
export async function forgetUnusedKeys(
  database: Database,
  ids: readonly string[],
): Promise<readonly string[]> {
  const named: string[] = [];
  const noted = (await database.run(readNotedKeys)).map(({ id }) => id);
  for (const id of ids.filter((each) => noted.includes(each))) {
    // First without a lock: it takes time in proportion to the number of users.
    const gone = !(await database.run((orm) => isNamed(orm, id))) && (await forget(database, id));
    if (!gone) named.push(id);
  }
  return named;
}

/** Lets servers run without a lost key. What it sealed stays, and can never be decrypted again. */
export async function abandonKey(orm: Orm, id: string, at: Date): Promise<void> {
  await orm.execute(sql`
    insert into mfa_keys_in_use (key_id, abandoned_at) values (${id}, ${at.toISOString()}::timestamptz)
    on conflict (key_id) do update set abandoned_at = excluded.abandoned_at`);
}

export async function readAbandonedKeys(orm: Orm): Promise<readonly string[]> {
  const rows = await queryRows<{ id: string }>(
    orm,
    sql`select key_id as id from mfa_keys_in_use where abandoned_at is not null`,
  );
  return rows.map(({ id }) => id);
}

/** Every listed id that was not abandoned, and the signer of the newest seal. */
function readNotedKeys(orm: Orm): Promise<{ id: string; signs: boolean }[]> {
  return queryRows(
    orm,
    sql`
    with noted as (
      select key_id as id, false as signs from mfa_keys_in_use
      union all
      (select key_id, true from mfa_audit_seals order by number desc limit 1)
    )
    select id, bool_or(signs) as signs from noted
    where not exists (select from mfa_keys_in_use k where k.key_id = noted.id and k.abandoned_at is not null)
    group by id order by id`,
  );
}

function forget(database: Database, id: string): Promise<boolean> {
  return database.run((orm) =>
    orm.transaction(async (tx) => {
      await tx.execute(sql.raw(`set local lock_timeout = '${LOCK_LIMIT}'`));
      await tx.execute(sql`lock table mfa_keys_in_use in share row exclusive mode`);
      if (await isNamed(tx, id)) return false;
      await tx.execute(sql`delete from mfa_keys_in_use where key_id = ${id} and abandoned_at is null`);
      return true;
    }),
  );
}

/** Whether anything would be lost with the key, by the counts of `readKeyUsage`. */
async function isNamed(orm: Orm, id: string): Promise<boolean> {
  const head = envelopeHead(id);
  const sealed = SEALED_COLUMNS.map(
    (column) => sql`substring(${sql.raw(column)} for ${head.length}) = ${head}`,
  );
  const [row] = await queryRows<{ named: boolean }>(
    orm,
    sql`
    select exists (select from mfa_factors where ${sql.join(sealed, sql` or `)})
      or exists (
        select from mfa_settings s where split_part(s.backup_scheme, ':', 3) = ${id} and exists (
          select from mfa_recovery_codes c
          where c.user_id = s.user_id and c.generation = s.backup_generation and c.used_at is null)) as named`,
  );
  return row?.named !== false;
}

/** The message to operators about a key that the database needs. */
export function missingKey(id: string): { readonly why: string; readonly remedy: string } {
  return {
    why: `the key ring lacks the key ${id}, which the database needs`,
    remedy: `bring it back (KEY_RING_DIR or ENCRYPTION_KEY), or, if it is lost for good, run countersign keys abandon ${id}`,
  };
}

/** The same in one line. */
export function missingKeyText(id: string): string {
  const { why, remedy } = missingKey(id);
  return `${why}: ${remedy}`;
}
