import { sql } from "drizzle-orm";
import { type Orm, queryRows } from "../database/database.js";

/**
 * The privileges of a serving process. The audit log and its seals can be inserted and read, never changed: an attacker who takes over the service
 * cannot rewrite its history (OWASP ASVS 16.4.2). Partitions need no privileges of their own.
 */
export const RUNTIME_PRIVILEGES: Readonly<Record<string, readonly string[]>> = {
  mfa_settings: ["select", "insert", "update", "delete"],
  mfa_factors: ["select", "insert", "update", "delete"],
  mfa_recovery_codes: ["select", "insert", "update", "delete"],
  mfa_audit_subjects: ["select", "insert", "delete"],
  mfa_audit_events: ["select", "insert"],
  mfa_audit_seals: ["select", "insert"],
  mfa_keys_in_use: ["select", "insert", "update", "delete"],
  mfa_schema_migrations: ["select"],
};

/** Grants the role exactly these privileges, whatever it had before. Throws if the role is missing or could bypass them. */
export async function grantRuntimePrivileges(tx: Orm, role: string): Promise<void> {
  await requireBoundRole(tx, role);
  const name = sql.identifier(role);
  const [schema] = await queryRows<{ name: string }>(tx, sql`select current_schema() as name`);
  await tx.execute(sql`grant usage on schema ${sql.identifier(schema?.name ?? "public")} to ${name}`);
  for (const table of await listTables(tx)) {
    await tx.execute(sql`revoke all on ${sql.identifier(table)} from ${name}`);
  }
  for (const [table, privileges] of Object.entries(RUNTIME_PRIVILEGES)) {
    await tx.execute(sql`grant ${sql.raw(privileges.join(", "))} on ${sql.identifier(table)} to ${name}`);
  }
}

/** Whether this connection's role could rewrite the audit log: MACs and seals would reveal it, but nothing would prevent it. */
export async function mayRewriteLog(orm: Orm): Promise<boolean> {
  const [role] = await queryRows<{ mutable: boolean }>(
    orm,
    sql`select has_table_privilege(current_user, 'mfa_audit_events', 'update, delete, truncate') as mutable`,
  );
  return role?.mutable !== false;
}

/** Our tables and their partitions; the schema may contain other tables. */
async function listTables(tx: Orm): Promise<string[]> {
  const tables = await queryRows<{ name: string }>(
    tx,
    sql`
    select relname as name from pg_class
    where relnamespace = current_schema()::regnamespace and relkind in ('r', 'p') and starts_with(relname, 'mfa_')`,
  );
  return tables.map(({ name }) => name);
}

/** A superuser, the owner and members of the owner have all privileges on a table. */
async function requireBoundRole(tx: Orm, role: string): Promise<void> {
  const [found] = await queryRows<{ unbound: boolean }>(
    tx,
    sql`
    select r.rolsuper or pg_has_role(r.oid, c.relowner, 'member') as unbound
    from pg_roles r, pg_class c where r.rolname = ${role} and c.oid = 'mfa_audit_events'::regclass`,
  );
  if (found === undefined)
    throw new Error(`there is no role ${role}: create it with a password and LOGIN first`);
  if (found.unbound) {
    throw new Error(
      `${role} owns the tables or is a superuser: serve as another role than the one that migrates`,
    );
  }
}
