import { sql } from "drizzle-orm";
import type { UserState, UserStateCount } from "../../../domain/admin/user-state.js";
import type { FactorMethod } from "../../../domain/factor/method.js";
import { MAX_CONSECUTIVE_FAILURES } from "../../../domain/throttle/lockout-policy.js";
import { type Orm, queryRows } from "../database/database.js";

/** Reads every user. */
export async function countUsersByState(orm: Orm): Promise<UserStateCount[]> {
  const rows = await queryRows<{ state: UserState; method: FactorMethod | null; count: string }>(
    orm,
    sql`
    select state, method, count(*)::text as count from (
      select f.method, case
        when f.id is null then 'not_enrolled'
        when f.state = 'pending' then 'pending'
        when s.consecutive_failures >= ${MAX_CONSECUTIVE_FAILURES} then 'unlock_required'
        else 'enabled' end as state
      from mfa_settings s left join mfa_factors f on f.user_id = s.user_id
    ) as users group by state, method order by state, method`,
  );
  return rows.map(({ state, method, count }) => ({
    state,
    method: method ?? undefined,
    count: BigInt(count),
  }));
}
