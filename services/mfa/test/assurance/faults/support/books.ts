import { Redis } from "ioredis";
import type { Sql } from "postgres";

/** What the callers know of one user. */
export interface UserBook {
  readonly userId: string;
  /** How often each thing was done, by `action/method` as the audit log names them. */
  readonly done: Map<string, Count>;
  /** The newest TOTP step that was approved. */
  lastStep: number;
}

/** `sure`: the caller was told. `unsure`: no answer arrived, and nothing later told what became of it. */
interface Count {
  sure: number;
  unsure: number;
}

/** What callers were told, to be compared with what Postgres holds. */
export class Books {
  readonly users = new Map<string, UserBook>();
  /** Of approvals: those that the caller was told, and those it found out by asking again. */
  approvals = 0;
  lostAnswers = 0;
  /** Right codes that were refused, by reason and by why that is as documented. */
  readonly refusals = new Map<string, number>();

  excused(reason: string, why: string): void {
    const key = `${reason}: ${why}`;
    this.refusals.set(key, (this.refusals.get(key) ?? 0) + 1);
  }

  open(userId: string): UserBook {
    const book = { userId, done: new Map<string, Count>(), lastStep: 0 };
    this.users.set(userId, book);
    return book;
  }
}

export function record(book: UserBook, what: string, certainty: keyof Count): void {
  const count = book.done.get(what) ?? { sure: 0, unsure: 0 };
  count[certainty] += 1;
  book.done.set(what, count);
}

/** Each thing that a caller was told has exactly one audit row, and there is no row that no caller could have caused. */
export async function balance(sql: Sql, books: Books): Promise<string[]> {
  const rows = await sql<{ user_id: string; what: string; rows: number }[]>`
    select user_id, action || '/' || method as what, count(*)::int as rows
    from mfa_audit_events join mfa_audit_subjects using (user_ref)
    where outcome = 'succeeded'
      and action in ('verify_setup', 'verify_code', 'disable_mfa', 'regenerate_backup_codes')
    group by 1, 2`;
  const logged = new Map(rows.map((row) => [`${row.user_id} ${row.what}`, row.rows]));
  const wrong: string[] = [];
  for (const { userId, done } of books.users.values())
    for (const [what, { sure, unsure }] of done) {
      const key = `${userId} ${what}`;
      const count = logged.get(key) ?? 0;
      logged.delete(key);
      if (count < sure || count > sure + unsure)
        wrong.push(`${key}: ${count} audit rows for ${sure} answers and ${unsure} lost ones`);
    }
  for (const [key, count] of logged) wrong.push(`${key}: ${count} audit rows that nobody asked for`);
  return [...wrong, ...(await unbalancedCodes(sql)), ...(await wrongReplayCounters(sql, books))];
}

/** A backup code is spent exactly where the log says that one was accepted. Users who got new codes have another set. */
async function unbalancedCodes(sql: Sql): Promise<string[]> {
  const rows = await sql<{ user_id: string; used: number; accepted: number }[]>`
    with accepted as (
      select user_id, count(*) filter (where method = 'backup_code') as codes,
        bool_or(action in ('disable_mfa', 'regenerate_backup_codes')) as replaced
      from mfa_audit_events join mfa_audit_subjects using (user_ref)
      where outcome = 'succeeded' and action in ('verify_code', 'disable_mfa', 'regenerate_backup_codes')
      group by 1)
    select user_id, count(used_at)::int as used, accepted.codes::int as accepted
    from mfa_recovery_codes join accepted using (user_id)
    where not accepted.replaced group by user_id, accepted.codes having count(used_at) <> accepted.codes`;
  return rows.map(
    ({ user_id, used, accepted }) =>
      `${user_id}: ${used} backup codes spent, ${accepted} accepted by the log`,
  );
}

/** The replay counter of an authenticator's codes is never behind a code that was approved. */
async function wrongReplayCounters(sql: Sql, books: Books): Promise<string[]> {
  const rows = await sql<{ user_id: string; counter: string }[]>`
    select user_id, last_accepted::text as counter from mfa_factors where method = 'totp' and state = 'active'`;
  return rows.flatMap(({ user_id, counter }) => {
    const step = books.users.get(user_id)?.lastStep ?? 0;
    return Number(counter) < step
      ? [`${user_id}: the replay counter ${counter} is behind the accepted step ${step}`]
      : [];
  });
}

/** Every key that is left in Redis dies by itself: a lock that a fault left behind would stay for ever. */
export async function expireless(redisUrl: string): Promise<string[]> {
  const redis = new Redis(redisUrl);
  try {
    const found: string[] = [];
    // -2: it has died since it was listed.
    for await (const keys of redis.scanStream({ count: 1_000 }) as AsyncIterable<string[]>)
      for (const key of keys) if ((await redis.pttl(key)) === -1) found.push(`${key} has no time to live`);
    return found;
  } finally {
    redis.disconnect();
  }
}
