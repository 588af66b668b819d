-- Wrong codes that success does not clear, in minutes since 1970, newest first. Null for nearly everybody: no row is rewritten.
ALTER TABLE "mfa_settings" ADD COLUMN "code_failures" integer[];--> statement-breakpoint
ALTER TABLE "mfa_settings" ADD COLUMN "backup_code_failures" integer[];--> statement-breakpoint
ALTER TABLE "mfa_settings" ADD COLUMN "code_failures_forgiven" integer;
