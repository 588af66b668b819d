import { type SQL, sql } from "drizzle-orm";
import type { UserMfa } from "../../../domain/factor/factor.js";
import type { ExportStore } from "../../../domain/import-export/export-store.js";
import type { UserId } from "../../../domain/user-id.js";
import { type Database, type Orm, queryRows } from "../database/database.js";
import { readUsers } from "../enrolment/read-user.js";

/** Reads users for an export, over either driver. */
export function createExportStore(database: Database): ExportStore {
  return {
    countUsers: (before) => database.run((orm) => countUsers(orm, before)),
    readPage: (page) =>
      database.run(async (orm) => {
        const ids = await readIds(orm, page);
        const found = await readUsers(orm, ids);
        const users = ids.flatMap((id) => found.get(id) ?? []);
        return { users: users.filter((user) => isLeaving(user, page.before)), last: ids.at(-1) };
      }),
  };
}

async function countUsers(orm: Orm, before: Date): Promise<number> {
  const [row] = await queryRows<{ count: string }>(
    orm,
    sql`select count(*)::text as count from mfa_factors where ${leaving(before)}`,
  );
  return Number(row?.count ?? 0);
}

/** Keyset pages: a position in the order of ids stays valid when other rows change. A user has one factor. */
async function readIds(
  orm: Orm,
  { before, after, limit }: Parameters<ExportStore["readPage"]>[0],
): Promise<readonly UserId[]> {
  const rows = await queryRows<{ user_id: UserId }>(
    orm,
    sql`
    select user_id from mfa_factors where ${leaving(before)} and user_id > ${after ?? ""}
    order by user_id limit ${limit}`,
  );
  return rows.map((row) => row.user_id);
}

/** Checked again: the two statements see two snapshots. */
function isLeaving({ factor }: UserMfa, before: Date): boolean {
  return factor?.state === "active" && factor.createTime <= before;
}

function leaving(before: Date): SQL {
  return sql`state = 'active' and created_at <= ${before.toISOString()}::timestamptz`;
}
