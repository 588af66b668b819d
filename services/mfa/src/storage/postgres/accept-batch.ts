import { sql } from "drizzle-orm";
import { MAX_CONSECUTIVE_FAILURES } from "../../domain/attempt-policy.js";
import type { RedeemInput } from "../../domain/ports/mfa-store.js";
import type { Proof } from "../../domain/proof.js";
import { AUDIT_COLUMNS, type AuditRowMaker, auditJson } from "./audit-table.js";
import { type Orm, queryRows } from "./database.js";

/** A login by the user's own method. */
export type FactorRedemption = RedeemInput & { readonly proof: Extract<Proof, { kind: "factor" }> };

/**
 * Accepts the logins of many users, of each at most one, in one statement. It is `claimStatement` over a set: each acceptance is still its
 * own conditional row update, with its own audit row, and answers the backup codes left. A user without an answer was not accepted.
 *
 * Rows are locked in the order of user ids, so that the batches of two replicas cannot wait for each other in a circle.
 */
export async function acceptTogether(
  orm: Orm,
  inputs: readonly FactorRedemption[],
  auditRow: AuditRowMaker,
): Promise<ReadonlyMap<string, number>> {
  const entries = inputs.map(({ userId, proof, at, event }) => ({
    user_id: userId,
    factor_id: proof.factorId,
    mark: proof.mark.toString(),
    at: at.toISOString(),
    audit: auditJson(auditRow(event)),
  }));
  const rows = await queryRows<{ user_id: string; remaining: number }>(
    orm,
    sql`
    with input as materialized (
      select * from jsonb_to_recordset(${JSON.stringify(entries)}::text::jsonb)
        as i(user_id text, factor_id uuid, mark bigint, at timestamptz, audit jsonb)
    ), owner as (
      select s.user_id, s.backup_generation from mfa_settings s
      where s.user_id in (select user_id from input) and s.is_enabled and s.consecutive_failures < ${MAX_CONSECUTIVE_FAILURES}
      order by s.user_id for update
    ), claimed as (
      update mfa_factors f set last_accepted = i.mark from owner o join input i on i.user_id = o.user_id
      where f.user_id = o.user_id and f.id = i.factor_id and f.state = 'active' and f.last_accepted < i.mark
      returning f.user_id, o.backup_generation, i.at, i.audit
    ), noted as (
      update mfa_settings s set consecutive_failures = 0, last_used_at = c.at, updated_at = c.at
      from claimed c where s.user_id = c.user_id
    ), audited as (
      insert into mfa_audit_events (${AUDIT_COLUMNS})
      select ${AUDIT_COLUMNS} from claimed c, jsonb_populate_record(null::mfa_audit_events, c.audit)
    )
    select c.user_id, (
      select count(*)::int from mfa_recovery_codes r
      where r.user_id = c.user_id and r.generation = c.backup_generation and r.used_at is null
        and (r.expires_at is null or r.expires_at > c.at)
    ) as remaining from claimed c`,
  );
  return new Map(rows.map(({ user_id, remaining }) => [user_id, remaining]));
}
