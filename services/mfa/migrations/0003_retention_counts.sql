-- A retention record counts the rows of whole months: more than an integer holds, for a busy service.
ALTER TABLE "mfa_audit_seals" ALTER COLUMN "row_count" TYPE bigint;
