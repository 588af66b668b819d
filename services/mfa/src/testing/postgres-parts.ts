/** How the service reads and writes a user in Postgres, for measuring it alone. The service itself never imports this. */
export { openPostgres } from "../storage/postgres/database/postgres-database.js";
export { createMfaStore } from "../storage/postgres/enrolment/postgres-mfa-store.js";
