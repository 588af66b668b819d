import {
  bigint,
  boolean,
  customType,
  integer,
  jsonb,
  pgTable,
  text,
  timestamp,
  uuid,
} from "drizzle-orm/pg-core";

const bytea = customType<{ data: Buffer; driverData: Uint8Array }>({
  dataType: () => "bytea",
  fromDriver: (value) => Buffer.from(value),
});
const time = (name: string) => timestamp(name, { withTimezone: true, mode: "string" });

export const settings = pgTable("mfa_settings", {
  userId: text("user_id").primaryKey(),
  isEnabled: boolean("is_enabled").notNull(),
  backupGeneration: integer("backup_generation").notNull(),
  consecutiveFailures: integer("consecutive_failures").notNull(),
  updatedAt: time("updated_at").notNull(),
  lastUsedAt: time("last_used_at"),
});

export const factors = pgTable("mfa_factors", {
  id: uuid("id").primaryKey(),
  userId: text("user_id").notNull(),
  state: text("state").notNull(),
  secret: bytea("totp_secret_encrypted"),
  replayCounter: bigint("last_accepted", { mode: "bigint" }).notNull(),
});

export const backupCodes = pgTable("mfa_recovery_codes", {
  userId: text("user_id").notNull(),
  generation: integer("generation").notNull(),
  usedAt: time("used_at"),
});

export const auditEvents = pgTable("mfa_audit_events", {
  id: uuid("id").notNull(),
  occurredAt: time("occurred_at").notNull(),
  action: text("action").notNull(),
  purpose: text("purpose").notNull(),
  outcome: text("outcome").notNull(),
  reason: text("reason"),
  method: text("method"),
  caller: text("caller").notNull(),
  userRef: text("user_ref"),
  requestId: text("request_id").notNull(),
  ipAddress: text("ip_address"),
  userAgent: text("user_agent"),
  details: jsonb("details"),
  keyId: text("key_id").notNull(),
  mac: bytea("mac").notNull(),
});
