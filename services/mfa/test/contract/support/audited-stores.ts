import { randomBytes, randomUUID } from "node:crypto";
import type { AdminStore } from "../../../src/domain/admin/admin-store.js";
import type { MfaStore } from "../../../src/domain/enrolment/mfa-store.js";
import type { UserId } from "../../../src/domain/user-id.js";
import { createAdminStore } from "../../../src/storage/postgres/admin/postgres-admin-store.js";
import { createAuditRowMaker } from "../../../src/storage/postgres/audit/audit-table.js";
import type { Database } from "../../../src/storage/postgres/database/database.js";
import { createMfaStore } from "../../../src/storage/postgres/enrolment/postgres-mfa-store.js";

/** The stores of users and of administrators over one database, with audit rows whose MACs prove nothing. */
export function auditedStores(database: Database): { readonly store: MfaStore; readonly admin: AdminStore } {
  const refOf = (userId: UserId) => `ref-${userId}`;
  const auditRow = createAuditRowMaker({
    userRef: refOf,
    sign: () => ({ keyId: "k", mac: randomBytes(32) }),
    randomId: randomUUID,
  });
  return {
    store: createMfaStore(database, auditRow),
    admin: createAdminStore(
      { database, listings: database },
      { auditRow, userRefs: (userId) => [refOf(userId)] },
    ),
  };
}
