import type { Tracer } from "@countersign/telemetry-ports";
import type { AnyAuditEvent } from "../../../domain/audit/audit-event.js";
import type { MfaStore } from "../../../domain/enrolment/mfa-store.js";
import type { UserMfa } from "../../../domain/factor/factor.js";
import { type FailureRecord, isFirstOfDay } from "../../../domain/throttle/failure-limits.js";
import type { LoginScope } from "../../../domain/throttle/throttle-scope.js";
import type { UserId } from "../../../domain/user-id.js";
import type { AuditRowMaker } from "../audit/audit-table.js";
import { createBatcher, LOGIN_BATCHES } from "../database/batcher.js";
import type { Database } from "../database/database.js";
import { createCodeAcceptance } from "../verification/accept-code.js";
import { type Entry, idOf, recordTogether } from "../verification/record-attempts.js";
import { beginEnrolment, confirmEnrolment, storeBackupCodes } from "./enrolment.js";
import { eraseFactors } from "./erase-factors.js";
import { readUsers } from "./read-user.js";

/** Called after each write, except for begun enrolments. Must not throw: the write has been committed. */
export interface StoreObserver {
  readonly onEvent: (event: AnyAuditEvent) => void;
  /** A user's code was wrong for the first time in 24 hours. */
  readonly onFailingUser: (scope: LoginScope) => void;
}

const UNOBSERVED: StoreObserver = { onEvent: () => undefined, onFailingUser: () => undefined };

/** The store of durable settings, over either driver. */
export function createMfaStore(
  database: Database,
  auditRow: AuditRowMaker,
  options: { readonly tracer?: Tracer | undefined; readonly observer?: StoreObserver } = {},
): MfaStore {
  const { tracer, observer: { onEvent, onFailingUser } = UNOBSERVED } = options;
  const { read, write } = loginBatches(database, tracer);
  const { accept, acceptFor } = createCodeAcceptance({ database, auditRow, tracer, onAccepted: onEvent });
  return {
    readUser: read,
    acceptCode: accept,
    disable: (input) => acceptFor(input, (tx) => eraseFactors(tx, input)),
    replaceBackupCodes: (input) => acceptFor(input, (tx) => storeBackupCodes(tx, input, input.backupCodes)),
    beginEnrolment: (input) =>
      database.run((orm) => orm.transaction((tx) => beginEnrolment(tx, input, auditRow))),
    async confirmEnrolment(input) {
      const result = await database.run((orm) => confirmEnrolment(orm, input, auditRow));
      if (result.outcome === "accepted") onEvent(input.event);
      return result;
    },
    async recordRejection(event, failedScope) {
      const failure = failedScope && { userId: event.userId, scope: failedScope, at: event.at };
      const failures = await write({ row: auditRow(event), failure });
      onEvent(event);
      if (failedScope !== undefined && failures !== undefined && isFirstOfDay(failures)) {
        onFailingUser(failedScope);
      }
      return failures;
    },
    async record(event) {
      await write({ row: auditRow(event), failure: undefined });
      onEvent(event);
    },
  };
}

/** What concurrent logins share: one statement reads their users, one writes their rejections. */
function loginBatches(database: Database, tracer: Tracer | undefined) {
  const read = createBatcher<UserId, UserMfa>({
    ...LOGIN_BATCHES,
    tracer,
    keyOf: (userId) => userId,
    sharesAnswers: true,
    run: (userIds) => database.run((orm) => readUsers(orm, userIds)),
  });
  const write = createBatcher<Entry, FailureRecord>({
    ...LOGIN_BATCHES,
    tracer,
    keyOf: idOf,
    run: (entries) => database.run((orm) => recordTogether(orm, entries)),
  });
  return { read, write };
}
