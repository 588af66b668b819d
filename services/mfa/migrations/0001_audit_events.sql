-- Append-only log of every attempt and change. Partitioned by month, so that retention drops whole partitions.
CREATE TABLE "mfa_audit_events" (
	"id" bigserial NOT NULL,
	"occurred_at" timestamp with time zone NOT NULL,
	"action" text NOT NULL,
	"outcome" text NOT NULL,
	"reason" text,
	"method" text,
	"caller" text NOT NULL,
	"user_ref" text NOT NULL,
	"request_id" text NOT NULL,
	"ip_address" inet,
	"user_agent" text,
	PRIMARY KEY ("occurred_at", "id")
) PARTITION BY RANGE ("occurred_at");
--> statement-breakpoint
-- Catches what no monthly partition covers: a late maintenance job must never make a login fail.
CREATE TABLE "mfa_audit_events_default" PARTITION OF "mfa_audit_events" DEFAULT;
--> statement-breakpoint
CREATE INDEX "mfa_audit_events_user" ON "mfa_audit_events" ("user_ref", "occurred_at");
--> statement-breakpoint
-- Room on the page keeps the updates of every login heap-only (HOT).
ALTER TABLE "mfa_settings" SET (fillfactor = 90);
--> statement-breakpoint
ALTER TABLE "mfa_factors" SET (fillfactor = 90);
