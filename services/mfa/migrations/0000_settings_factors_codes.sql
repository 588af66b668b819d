CREATE TABLE "mfa_audit_subjects" (
	"user_ref" text PRIMARY KEY NOT NULL,
	"user_id" text NOT NULL
);
--> statement-breakpoint
CREATE TABLE "mfa_factors" (
	"id" uuid PRIMARY KEY NOT NULL,
	"user_id" text NOT NULL,
	"method" text NOT NULL,
	"state" text NOT NULL,
	"totp_algorithm" text,
	"totp_digits" integer,
	"totp_period_seconds" integer,
	"totp_secret_encrypted" "bytea",
	"phone_number_encrypted" "bytea",
	"email_encrypted" "bytea",
	"last_accepted" bigint DEFAULT 0 NOT NULL,
	"created_at" timestamp with time zone NOT NULL,
	CONSTRAINT "mfa_factors_user_method" UNIQUE("user_id","method"),
	CONSTRAINT "mfa_factors_method" CHECK ("mfa_factors"."method" in ('totp', 'sms', 'email')),
	CONSTRAINT "mfa_factors_state" CHECK ("mfa_factors"."state" in ('pending', 'active')),
	CONSTRAINT "mfa_factors_totp" CHECK ("mfa_factors"."method" <> 'totp' or ("mfa_factors"."totp_secret_encrypted" is not null and "mfa_factors"."totp_algorithm" is not null and "mfa_factors"."totp_digits" is not null and "mfa_factors"."totp_period_seconds" is not null))
);
--> statement-breakpoint
CREATE TABLE "mfa_recovery_codes" (
	"user_id" text NOT NULL,
	"generation" integer NOT NULL,
	"code_hash" "bytea" NOT NULL,
	"used_at" timestamp with time zone,
	"created_at" timestamp with time zone NOT NULL,
	"expires_at" timestamp with time zone,
	CONSTRAINT "mfa_recovery_codes_user_id_generation_code_hash_pk" PRIMARY KEY("user_id","generation","code_hash")
);
--> statement-breakpoint
CREATE TABLE "mfa_settings" (
	"user_id" text PRIMARY KEY NOT NULL,
	"preferred_method" text,
	"is_enabled" boolean DEFAULT false NOT NULL,
	"is_verified" boolean DEFAULT false NOT NULL,
	"backup_generation" integer DEFAULT 0 NOT NULL,
	"backup_salt" "bytea",
	"backup_scheme" text,
	"consecutive_failures" integer DEFAULT 0 NOT NULL,
	"backup_consecutive_failures" integer DEFAULT 0 NOT NULL,
	"created_at" timestamp with time zone NOT NULL,
	"updated_at" timestamp with time zone NOT NULL,
	"verified_at" timestamp with time zone,
	"last_used_at" timestamp with time zone
);
--> statement-breakpoint
ALTER TABLE "mfa_factors" ADD CONSTRAINT "mfa_factors_user_id_mfa_settings_user_id_fk" FOREIGN KEY ("user_id") REFERENCES "public"."mfa_settings"("user_id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "mfa_recovery_codes" ADD CONSTRAINT "mfa_recovery_codes_user_id_mfa_settings_user_id_fk" FOREIGN KEY ("user_id") REFERENCES "public"."mfa_settings"("user_id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "mfa_audit_subjects_user" ON "mfa_audit_subjects" USING btree ("user_id");