-- The log anew, with a MAC in every row. Rows written before prove nothing; no release has kept any.
DROP TABLE "mfa_audit_events";
--> statement-breakpoint
-- Append-only log of every attempt and change. Partitioned by month, so that retention drops whole partitions.
-- The MAC covers every column but the transaction id, which the database gives. Addresses are text: inet would rewrite what the MAC covers.
CREATE TABLE "mfa_audit_events" (
	"id" uuid NOT NULL,
	"occurred_at" timestamp with time zone NOT NULL,
	"action" text NOT NULL,
	"purpose" text NOT NULL,
	"outcome" text NOT NULL,
	"reason" text,
	"method" text,
	"caller" text NOT NULL,
	"user_ref" text,
	"request_id" text NOT NULL,
	"ip_address" text,
	"user_agent" text,
	"details" jsonb,
	"key_id" text NOT NULL,
	"mac" "bytea" NOT NULL,
	"transaction_id" bigint DEFAULT (pg_current_xact_id()::text::bigint) NOT NULL,
	PRIMARY KEY ("occurred_at", "id"),
	CONSTRAINT "mfa_audit_events_bounds" CHECK (length("ip_address") <= 45 AND length("user_agent") <= 512 AND octet_length("details"::text) <= 8192 AND octet_length("mac") = 32)
) PARTITION BY RANGE ("occurred_at");
--> statement-breakpoint
-- Catches what no monthly partition covers: a late maintenance job must never make a login fail.
CREATE TABLE "mfa_audit_events_default" PARTITION OF "mfa_audit_events" DEFAULT;
--> statement-breakpoint
CREATE INDEX "mfa_audit_events_user" ON "mfa_audit_events" ("user_ref", "occurred_at", "id");
--> statement-breakpoint
-- Finds rows that were committed after their interval was sealed. A few bytes per thousand rows, hence next to nothing on the login path.
CREATE INDEX "mfa_audit_events_transaction" ON "mfa_audit_events" USING brin ("transaction_id");
--> statement-breakpoint
-- Each seal signs the rows of one interval and the seal before it; kind 'retention' records what was dropped.
CREATE TABLE "mfa_audit_seals" (
	"number" bigint PRIMARY KEY NOT NULL,
	"kind" text NOT NULL,
	"sealed_at" timestamp with time zone NOT NULL,
	"from_time" timestamp with time zone NOT NULL,
	"to_time" timestamp with time zone NOT NULL,
	"row_count" integer NOT NULL,
	"merkle_root" "bytea" NOT NULL,
	"row_ids" "bytea" NOT NULL,
	"late_ids" "bytea" NOT NULL,
	"horizon" bigint NOT NULL,
	"dropped_until" timestamp with time zone,
	"dropped_number" bigint,
	"dropped_hash" "bytea",
	"previous_hash" "bytea" NOT NULL,
	"hash" "bytea" NOT NULL,
	"key_id" text NOT NULL,
	"mac" "bytea" NOT NULL,
	CONSTRAINT "mfa_audit_seals_kind" CHECK ("kind" = 'rows' OR ("kind" = 'retention' AND "dropped_until" IS NOT NULL AND "dropped_number" IS NOT NULL AND "dropped_hash" IS NOT NULL))
);
