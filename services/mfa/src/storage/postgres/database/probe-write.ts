import { sql } from "drizzle-orm";
import { type Orm, queryRows } from "./database.js";

/** Whether writes are refused as a whole. Writes nothing. */
export async function isReadOnly(orm: Orm): Promise<boolean> {
  const [row] = await queryRows<{ read_only: boolean }>(
    orm,
    sql`select current_setting('transaction_read_only')::boolean or pg_is_in_recovery() as read_only`,
  );
  return row?.read_only !== false;
}

/** Sorts about two megabytes in too little memory, which forces Postgres to use its disk. Rejects if there is no space; leaves nothing. */
export async function probeDisk(orm: Orm): Promise<void> {
  await orm.transaction(async (tx) => {
    await tx.execute(sql`set local work_mem = '64kB'`);
    await tx.execute(
      sql`select count(*) from (select repeat(md5(n::text), 8) as filler from generate_series(1, 8000) n order by 1) sorted`,
    );
  });
}
