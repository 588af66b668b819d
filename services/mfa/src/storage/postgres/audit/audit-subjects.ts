import { sql } from "drizzle-orm";
import { type Database, type Orm, queryRows } from "../database/database.js";

interface RegisterOptions {
  readonly database: Database;
  /** Every pseudonym that a usable key gives a user. */
  readonly userRefs: (userId: string) => readonly string[];
  readonly batchSize: number;
}

/**
 * Stores the user of each pseudonym under every usable key, user by user. Afterwards the map alone finds a user's entries, even after a key is
 * removed.
 */
export async function registerPseudonyms({ database, userRefs, batchSize }: RegisterOptions): Promise<void> {
  let after = "";
  for (;;) {
    const users = await database.run((orm) => readUserIds(orm, { after, limit: batchSize }));
    const last = users.at(-1);
    if (last === undefined) return;
    const pairs = users.flatMap((userId) => userRefs(userId).map((ref) => ({ ref, userId })));
    await database.run((orm) => insertSubjects(orm, pairs));
    after = last;
  }
}

async function readUserIds(
  orm: Orm,
  page: { readonly after: string; readonly limit: number },
): Promise<readonly string[]> {
  const rows = await queryRows<{ user_id: string }>(
    orm,
    sql`select user_id from mfa_settings where user_id > ${page.after} order by user_id limit ${page.limit}`,
  );
  return rows.map((row) => row.user_id);
}

/**
 * The users' rows are locked first, so that a user who is being erased is not restored. In the order of pseudonyms, so that concurrent runs cannot
 * deadlock.
 */
async function insertSubjects(
  orm: Orm,
  pairs: readonly { readonly ref: string; readonly userId: string }[],
): Promise<void> {
  await orm.execute(sql`
    with living as (
      select user_id from mfa_settings where user_id in (${list(pairs.map(({ userId }) => userId))}) for key share
    )
    insert into mfa_audit_subjects (user_ref, user_id)
    select p.user_ref, p.user_id
    from (values ${sql.join(
      pairs.map(({ ref, userId }) => sql`(${ref}::text, ${userId}::text)`),
      sql`, `,
    )}) as p (user_ref, user_id)
    join living using (user_id)
    order by p.user_ref
    on conflict do nothing`);
}

function list(values: readonly string[]) {
  return sql.join(
    values.map((value) => sql`${value}`),
    sql`, `,
  );
}
