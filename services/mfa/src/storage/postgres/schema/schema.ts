import { sql } from "drizzle-orm";
import {
  bigint,
  boolean,
  check,
  customType,
  index,
  integer,
  pgTable,
  primaryKey,
  text,
  timestamp,
  unique,
  uuid,
} from "drizzle-orm/pg-core";

const bytea = customType<{ data: Buffer; driverData: Uint8Array }>({
  dataType: () => "bytea",
  fromDriver: (value) => Buffer.from(value),
});
const time = (name: string) => timestamp(name, { withTimezone: true, mode: "date" });

/**
 * One row per user. No index but the primary key: every login writes here, and an index on what it writes would end HOT updates. The row outlives
 * disablement, so that generations of backup codes and failure counts are never reset.
 */
export const mfaSettings = pgTable("mfa_settings", {
  userId: text("user_id").primaryKey(),
  preferredMethod: text("preferred_method"),
  isEnabled: boolean("is_enabled").notNull().default(false),
  isVerified: boolean("is_verified").notNull().default(false),
  backupGeneration: integer("backup_generation").notNull().default(0),
  backupSalt: bytea("backup_salt"),
  backupScheme: text("backup_scheme"),
  /** Consecutive failures of the user's own method; see MAX_CONSECUTIVE_FAILURES. */
  consecutiveFailures: integer("consecutive_failures").notNull().default(0),
  backupConsecutiveFailures: integer("backup_consecutive_failures").notNull().default(0),
  /**
   * Wrong codes that success does not clear, newest first, in minutes since 1970; see FailureLimits. Null for nearly all users, so that they cost a
   * login nothing.
   */
  codeFailures: integer("code_failures").array(),
  backupCodeFailures: integer("backup_code_failures").array(),
  /** In minutes since 1970: failures up to then no longer count in 24 hours. */
  codeFailuresForgiven: integer("code_failures_forgiven"),
  createdAt: time("created_at").notNull(),
  updatedAt: time("updated_at").notNull(),
  verifiedAt: time("verified_at"),
  lastUsedAt: time("last_used_at"),
});

/** Enrolled methods. Encrypted columns hold envelopes bound to user, factor and column. */
export const mfaFactors = pgTable(
  "mfa_factors",
  {
    id: uuid("id").primaryKey(),
    userId: text("user_id")
      .notNull()
      .references(() => mfaSettings.userId, { onDelete: "cascade" }),
    method: text("method").notNull(),
    state: text("state").notNull(),
    totpAlgorithm: text("totp_algorithm"),
    totpDigits: integer("totp_digits"),
    totpPeriodSeconds: integer("totp_period_seconds"),
    totpSecretEncrypted: bytea("totp_secret_encrypted"),
    phoneNumberEncrypted: bytea("phone_number_encrypted"),
    emailEncrypted: bytea("email_encrypted"),
    /** The replay counter: a code is accepted only when it moves this forward. */
    replayCounter: bigint("last_accepted", { mode: "bigint" }).notNull().default(sql`0`),
    createdAt: time("created_at").notNull(),
  },
  (table) => [
    unique("mfa_factors_user_method").on(table.userId, table.method),
    check("mfa_factors_method", sql`${table.method} in ('totp', 'sms', 'email')`),
    check("mfa_factors_state", sql`${table.state} in ('pending', 'active')`),
    check(
      "mfa_factors_totp",
      sql`${table.method} <> 'totp' or (${table.totpSecretEncrypted} is not null and ${table.totpAlgorithm} is not null and ${table.totpDigits} is not null and ${table.totpPeriodSeconds} is not null)`,
    ),
  ],
);

/** Backup codes as slow salted hashes. A code is valid while `used_at` is null and its generation is the user's. */
export const mfaBackupCodes = pgTable(
  "mfa_recovery_codes",
  {
    userId: text("user_id")
      .notNull()
      .references(() => mfaSettings.userId, { onDelete: "cascade" }),
    generation: integer("generation").notNull(),
    codeHash: bytea("code_hash").notNull(),
    usedAt: time("used_at"),
    createdAt: time("created_at").notNull(),
    /** Null: does not expire. */
    expiresAt: time("expires_at"),
  },
  (table) => [primaryKey({ columns: [table.userId, table.generation, table.codeHash] })],
);

/** The user of each pseudonym in the audit log. Deleting the row erases the user from the log, whose rows can never be edited. */
export const mfaAuditSubjects = pgTable(
  "mfa_audit_subjects",
  { userRef: text("user_ref").primaryKey(), userId: text("user_id").notNull() },
  (table) => [index("mfa_audit_subjects_user").on(table.userId)],
);
