/** What prepares a database of users for a test or a benchmark. */
export { Closer } from "../compose/closer.js";
export { createBackupCodeHasher } from "../crypto/backup-code-hasher.js";
export { migrate } from "../storage/postgres/schema/migrate.js";
