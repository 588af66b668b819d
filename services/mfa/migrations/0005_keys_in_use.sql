-- Works with programs from version 4 on.
-- The keys that rows name, so that a server can hold its key ring to them without reading its users. Kept by triggers, since programs of
-- the version before write beside this one. A login sets none of these columns, and so runs no trigger.
CREATE TABLE "mfa_keys_in_use" (
	"key_id" text PRIMARY KEY NOT NULL,
	"abandoned_at" timestamp with time zone
);
--> statement-breakpoint
-- The second byte of an envelope is the length of the key id that follows.
CREATE FUNCTION "mfa_note_sealing_keys"() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
  INSERT INTO mfa_keys_in_use (key_id)
  SELECT DISTINCT key_id FROM (
    SELECT CASE WHEN length(value) > 2 AND get_byte(value, 1) BETWEEN 1 AND 32
      THEN encode(substring(value FROM 3 FOR get_byte(value, 1)), 'escape') END AS key_id
    FROM unnest(ARRAY[NEW.totp_secret_encrypted, NEW.phone_number_encrypted, NEW.email_encrypted]) value
  ) named WHERE key_id IS NOT NULL
  ON CONFLICT (key_id) DO NOTHING;
  RETURN NULL;
END $$;
--> statement-breakpoint
-- The third part of a scheme is the id of the pepper's key.
CREATE FUNCTION "mfa_note_pepper_key"() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
  INSERT INTO mfa_keys_in_use (key_id) VALUES (split_part(NEW.backup_scheme, ':', 3)) ON CONFLICT (key_id) DO NOTHING;
  RETURN NULL;
END $$;
--> statement-breakpoint
-- Once, before the triggers, whose locks then hold nobody up for as long as this takes.
INSERT INTO mfa_keys_in_use (key_id)
SELECT key_id FROM (
  SELECT CASE WHEN length(value) > 2 AND get_byte(value, 1) BETWEEN 1 AND 32
    THEN encode(substring(value FROM 3 FOR get_byte(value, 1)), 'escape') END AS key_id
  FROM mfa_factors, unnest(ARRAY[totp_secret_encrypted, phone_number_encrypted, email_encrypted]) value
  UNION
  SELECT nullif(split_part(backup_scheme, ':', 3), '') FROM mfa_settings WHERE backup_scheme IS NOT NULL
) named WHERE key_id IS NOT NULL;
--> statement-breakpoint
CREATE TRIGGER "mfa_factors_note_keys" AFTER INSERT OR UPDATE OF "totp_secret_encrypted", "phone_number_encrypted", "email_encrypted"
ON "mfa_factors" FOR EACH ROW EXECUTE FUNCTION "mfa_note_sealing_keys"();
--> statement-breakpoint
CREATE TRIGGER "mfa_settings_note_key" AFTER INSERT OR UPDATE OF "backup_scheme"
ON "mfa_settings" FOR EACH ROW WHEN (NEW."backup_scheme" IS NOT NULL) EXECUTE FUNCTION "mfa_note_pepper_key"();
--> statement-breakpoint
-- What was enrolled, or given backup codes, while the tables were read: its audit row is under the same key.
INSERT INTO mfa_keys_in_use (key_id)
SELECT DISTINCT key_id FROM mfa_audit_events
WHERE occurred_at >= now() - interval '1 minute' AND outcome = 'succeeded'
  AND action IN ('setup_mfa', 'import_user', 'regenerate_backup_codes')
ON CONFLICT (key_id) DO NOTHING;
