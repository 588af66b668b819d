import { type SQL, sql } from "drizzle-orm";
import type { SealedColumn } from "../../../domain/crypto/secret-cipher.js";
import type { UserId } from "../../../domain/user-id.js";
import { type Orm, queryRows } from "../database/database.js";

/** One sealed column of one factor. */
export interface SealedValue {
  readonly factorId: string;
  readonly userId: UserId;
  readonly column: SealedColumn;
  readonly sealed: Buffer;
}

const ENVELOPE_VERSION = 1;

/** The next values of a column that another key than `activeKeyId` sealed, in the order of the primary key. */
export async function readValuesToRewrap(
  orm: Orm,
  page: {
    readonly column: SealedColumn;
    readonly activeKeyId: string;
    readonly after: string | undefined;
    readonly limit: number;
  },
): Promise<readonly SealedValue[]> {
  const { column } = page;
  const rows = await queryRows<{ id: string; user_id: UserId; sealed: Uint8Array }>(
    orm,
    sql`select id, user_id, ${sql.raw(column)} as sealed from mfa_factors
      where ${ofAnotherKey(column, page.activeKeyId)} ${page.after === undefined ? sql`` : sql`and id > ${page.after}::uuid`}
      order by id limit ${page.limit}`,
  );
  return rows.map((row) => ({
    factorId: row.id,
    userId: row.user_id,
    column,
    sealed: Buffer.from(row.sealed),
  }));
}

/** How many values of a column another key than `activeKeyId` sealed. */
export async function countValuesToRewrap(
  orm: Orm,
  { column, activeKeyId }: { readonly column: SealedColumn; readonly activeKeyId: string },
): Promise<number> {
  const [row] = await queryRows<{ count: number }>(
    orm,
    sql`select count(*)::int as count from mfa_factors where ${ofAnotherKey(column, activeKeyId)}`,
  );
  return row?.count ?? 0;
}

/**
 * Replaces a sealed value by the same value sealed again, unless it changed since it was read: a value that was set meanwhile is never overwritten.
 */
export async function replaceSealedValue(orm: Orm, old: SealedValue, fresh: Buffer): Promise<boolean> {
  const column = sql.raw(old.column);
  const replaced = await queryRows(
    orm,
    sql`update mfa_factors set ${column} = ${fresh} where id = ${old.factorId}::uuid and ${column} = ${old.sealed} returning id`,
  );
  return replaced.length > 0;
}

/** The first bytes of every envelope under a key: its version, the length of the key id, the key id. */
export function envelopeHead(keyId: string): Buffer {
  return Buffer.concat([Buffer.of(ENVELOPE_VERSION, keyId.length), Buffer.from(keyId)]);
}

function ofAnotherKey(column: SealedColumn, activeKeyId: string): SQL {
  const head = envelopeHead(activeKeyId);
  return sql`${sql.raw(column)} is not null and substring(${sql.raw(column)} for ${head.length}) <> ${head}`;
}
