import { type SQL, sql } from "drizzle-orm";
import { MAX_CONSECUTIVE_FAILURES } from "../../domain/attempt-policy.js";
import type { Lane } from "../../domain/method.js";
import type { RedeemInput } from "../../domain/ports/mfa-store.js";
import type { Proof } from "../../domain/proof.js";
import { type AuditRowMaker, auditValues, INSERT_AUDIT } from "./audit-table.js";

/** The column that counts a lane's failures in a row. */
export const FAILURES: Record<Lane, SQL> = {
  primary: sql.raw("consecutive_failures"),
  backup: sql.raw("backup_consecutive_failures"),
};

function laneOfProof(proof: Proof): Lane {
  return proof.kind === "factor" ? "primary" : "backup";
}

/**
 * One statement that claims a proof, clears the lane's failures, notes the use and writes the audit row, or does none of it. It answers one
 * row when claimed, with the number of backup codes left, else none.
 *
 * The settings row is locked first: claims of one user go one after another, and see the count of failures as it is then. The claim is the
 * conditional update of `last_accepted` or `used_at`, checked again against the newest row version after any wait.
 */
export function claimStatement(input: RedeemInput, auditRow: AuditRowMaker): SQL {
  const { userId, proof, event } = input;
  const at = sql`${input.at.toISOString()}::timestamptz`;
  const failures = FAILURES[laneOfProof(proof)];
  const spent = proof.kind === "backup-code" ? sql`and c.code_hash <> ${proof.hash}` : sql``;
  return sql`
    with owner as (
      select user_id, backup_generation from mfa_settings
      where user_id = ${userId} and is_enabled and ${failures} < ${MAX_CONSECUTIVE_FAILURES} for update
    ), claimed as (${claim(proof, at)}
    ), noted as (
      update mfa_settings s set ${failures} = 0, last_used_at = ${at}, updated_at = ${at}
      from claimed where s.user_id = claimed.user_id
    ), audited as (
      ${INSERT_AUDIT} select ${auditValues(auditRow(event))} from claimed
    )
    select (
      select count(*)::int from mfa_recovery_codes c join owner o on c.user_id = o.user_id and c.generation = o.backup_generation
      where c.used_at is null and (c.expires_at is null or c.expires_at > ${at}) ${spent}
    ) as remaining from claimed`;
}

function claim(proof: Proof, at: SQL): SQL {
  if (proof.kind === "factor") {
    const mark = sql`${proof.mark.toString()}::bigint`;
    return sql`
      update mfa_factors f set last_accepted = ${mark} from owner
      where f.user_id = owner.user_id and f.id = ${proof.factorId}::uuid and f.state = 'active' and f.last_accepted < ${mark}
      returning f.user_id`;
  }
  return sql`
      update mfa_recovery_codes c set used_at = ${at} from owner
      where c.user_id = owner.user_id and c.generation = ${proof.generation} and owner.backup_generation = c.generation
        and c.code_hash = ${proof.hash} and c.used_at is null and (c.expires_at is null or c.expires_at > ${at})
      returning c.user_id`;
}

/** Why a claim found nothing to claim. Read after the fact, for the answer and the audit log only: it never approves. */
export function whyNotStatement(input: RedeemInput): SQL {
  const { userId, proof } = input;
  const exists =
    proof.kind === "factor"
      ? sql`exists (select from mfa_factors f where f.user_id = s.user_id and f.id = ${proof.factorId}::uuid and f.state = 'active')`
      : sql`s.backup_generation = ${proof.generation}`;
  const known =
    proof.kind === "factor"
      ? sql`true`
      : sql`exists (select from mfa_recovery_codes c where c.user_id = s.user_id and c.generation = ${proof.generation} and c.code_hash = ${proof.hash})`;
  return sql`
    select s.is_enabled and ${exists} as there, ${FAILURES[laneOfProof(proof)]} >= ${MAX_CONSECUTIVE_FAILURES} as locked, ${known} as known
    from mfa_settings s where s.user_id = ${userId}`;
}
