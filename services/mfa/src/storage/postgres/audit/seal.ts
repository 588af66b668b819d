import { createHash } from "node:crypto";
import { encodeTuple, type Mac } from "@countersign/field-crypto";
import { type SQL, sql } from "drizzle-orm";
import { type Orm, queryRows } from "../database/database.js";
import { utcText } from "./stored-row.js";

/** The content of a seal. Times are text in UTC to the microsecond. */
export interface SealContent {
  readonly number: number;
  /** `rows` signs the rows of an interval; `retention` records that everything older was dropped deliberately. */
  readonly kind: "rows" | "retention";
  readonly sealedAt: string;
  /** The interval, its end excluded. It begins where the last seal's ends. */
  readonly fromTime: string;
  readonly toTime: string;
  /** The number of rows signed, or dropped. */
  readonly rowCount: number;
  /** The root over the MACs of the late rows, then of the interval's rows. */
  readonly merkleRoot: Buffer;
  /** 16 bytes per id, in order. They show which row is missing; the root alone would only show that one is. */
  readonly rowIds: Buffer;
  /** Rows of earlier intervals that were committed after those had been sealed. */
  readonly lateIds: Buffer;
  /** Transactions before this one had ended when the rows were read: late rows have a later one. */
  readonly horizon: string;
  readonly dropped: { readonly until: string; readonly number: number; readonly hash: Buffer } | undefined;
  readonly previousHash: Buffer;
}

export interface Seal extends SealContent {
  readonly hash: Buffer;
  readonly keyId: string;
  readonly mac: Buffer;
}

/** Used as the previous hash of the first seal. */
export const NO_SEAL_BEFORE = Buffer.alloc(32);

export function signSeal(content: SealContent, mac: Mac): Seal {
  const hash = hashOf(content);
  const signed = mac.sign(["audit-seal", hash]);
  return { ...content, hash, keyId: signed.keyId, mac: signed.mac };
}

/** Whether the seal's signature is valid. Also false if its key is unknown or retired. */
export function isSealGenuine(seal: Seal, mac: Mac): boolean {
  return hashOf(seal).equals(seal.hash) && mac.verify(["audit-seal", seal.hash], seal.mac, seal.keyId);
}

function hashOf(seal: SealContent): Buffer {
  const { dropped } = seal;
  const tuple = encodeTuple([
    "countersign/audit-seal/v1",
    String(seal.number),
    seal.kind,
    seal.sealedAt,
    seal.fromTime,
    seal.toTime,
    String(seal.rowCount),
    seal.merkleRoot,
    seal.rowIds,
    seal.lateIds,
    seal.horizon,
    dropped?.until ?? "",
    dropped === undefined ? "" : String(dropped.number),
    dropped?.hash ?? "",
    seal.previousHash,
  ]);
  return createHash("sha256").update(tuple).digest();
}

/** Adds the seal unless its number exists. Returns whether it was added. */
export async function insertSeal(orm: Orm, seal: Seal): Promise<boolean> {
  const { dropped } = seal;
  const added = await queryRows(
    orm,
    sql`
    insert into mfa_audit_seals (number, kind, sealed_at, from_time, to_time, row_count, merkle_root, row_ids, late_ids, horizon,
      dropped_until, dropped_number, dropped_hash, previous_hash, hash, key_id, mac)
    values (${seal.number}::bigint, ${seal.kind}, ${seal.sealedAt}::timestamptz, ${seal.fromTime}::timestamptz,
      ${seal.toTime}::timestamptz, ${seal.rowCount}::bigint, ${seal.merkleRoot}::bytea, ${seal.rowIds}::bytea, ${seal.lateIds}::bytea,
      ${seal.horizon}::bigint, ${dropped?.until ?? null}::timestamptz, ${dropped?.number ?? null}::bigint,
      ${dropped?.hash ?? null}::bytea, ${seal.previousHash}::bytea, ${seal.hash}::bytea, ${seal.keyId}, ${seal.mac}::bytea)
    on conflict (number) do nothing returning number`,
  );
  return added.length === 1;
}

/** Qualified: the bare name is the selected text, in whose order 9 comes after 10. */
const BY_NUMBER = sql.raw("order by mfa_audit_seals.number");
export const NEWEST: SQL = sql`${BY_NUMBER} desc limit 1`;

/** The newest seal. */
export async function readHead(orm: Orm): Promise<Seal | undefined> {
  return (await readSeals(orm, sql`true`, NEWEST))[0];
}

/** The newest record of a retention run. */
export async function readLastRetention(orm: Orm): Promise<Seal | undefined> {
  return (await readSeals(orm, sql`kind = 'retention'`, NEWEST))[0];
}

interface SealRow {
  readonly number: string;
  readonly kind: Seal["kind"];
  readonly sealed_at: string | null;
  readonly from_time: string | null;
  readonly to_time: string | null;
  readonly row_count: string;
  readonly merkle_root: Uint8Array;
  readonly row_ids: Uint8Array;
  readonly late_ids: Uint8Array;
  readonly horizon: string;
  readonly dropped_until: string | null;
  readonly dropped_number: string | null;
  readonly dropped_hash: Uint8Array | null;
  readonly previous_hash: Uint8Array;
  readonly hash: Uint8Array;
  readonly key_id: string;
  readonly mac: Uint8Array;
}

/** Seals that match a condition, ordered by number by default. */
export async function readSeals(orm: Orm, where: SQL, order: SQL = BY_NUMBER): Promise<Seal[]> {
  const rows = await queryRows<SealRow>(
    orm,
    sql`
    select number::text, kind, ${utcText("sealed_at")} as sealed_at, ${utcText("from_time")} as from_time,
      ${utcText("to_time")} as to_time, row_count::text, merkle_root, row_ids, late_ids, horizon::text,
      ${utcText("dropped_until")} as dropped_until, dropped_number::text, dropped_hash, previous_hash, hash, key_id, mac
    from mfa_audit_seals where ${where} ${order}`,
  );
  return rows.map(toSeal);
}

function toSeal(row: SealRow): Seal {
  const { dropped_until: until, dropped_number: number, dropped_hash: hash } = row;
  return {
    number: Number(row.number),
    kind: row.kind,
    sealedAt: row.sealed_at ?? "infinity",
    // Infinite times have no such text; the service never writes them.
    fromTime: row.from_time ?? "infinity",
    toTime: row.to_time ?? "infinity",
    rowCount: Number(row.row_count),
    merkleRoot: Buffer.from(row.merkle_root),
    rowIds: Buffer.from(row.row_ids),
    lateIds: Buffer.from(row.late_ids),
    horizon: row.horizon,
    dropped:
      until === null || number === null || hash === null
        ? undefined
        : { until, number: Number(number), hash: Buffer.from(hash) },
    previousHash: Buffer.from(row.previous_hash),
    hash: Buffer.from(row.hash),
    keyId: row.key_id,
    mac: Buffer.from(row.mac),
  };
}
