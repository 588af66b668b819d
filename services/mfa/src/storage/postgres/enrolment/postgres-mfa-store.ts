import type { Tracer } from "@countersign/telemetry-ports";
import type { MfaStore, ThrottledRedeemInput } from "../../../domain/enrolment/mfa-store.js";
import { MfaError } from "../../../domain/errors.js";
import type { UserMfa } from "../../../domain/factor/factor.js";
import type { FailureRecord } from "../../../domain/throttle/failure-limits.js";
import type { UserId } from "../../../domain/user-id.js";
import type { AcceptResult } from "../../../domain/verification/code-match.js";
import type { AuditRowMaker } from "../audit/audit-table.js";
import { createBatcher } from "../database/batcher.js";
import { type Database, type Orm, queryRows } from "../database/database.js";
import { acceptTogether, failedAcceptanceStatement, type ProofKind } from "../verification/accept-code.js";
import { type Entry, idOf, recordTogether } from "../verification/record-attempts.js";
import { beginEnrolment, confirmEnrolment, storeBackupCodes } from "./enrolment.js";
import { eraseFactors } from "./erase-factors.js";
import { readUsers } from "./read-user.js";

/** One statement of a kind under way at once; the bounds keep a burst from becoming one endless statement. */
const BATCHING = { mayBlameOne: isNoStoreFault, lanes: 1, maxBatch: 64, maxWaiting: 4_096 };

/** The store of durable settings, over either driver. */
export function createMfaStore(database: Database, auditRow: AuditRowMaker, tracer?: Tracer): MfaStore {
  const batching = { ...BATCHING, tracer };
  const read = createBatcher<UserId, UserMfa>({
    ...batching,
    keyOf: (userId) => userId,
    sharesAnswers: true,
    run: (userIds) => database.run((orm) => readUsers(orm, userIds)),
  });
  const claim = (kind: ProofKind) =>
    createBatcher<ThrottledRedeemInput, AcceptResult>({
      ...batching,
      keyOf: ({ userId }) => userId,
      run: (inputs) => database.run((orm) => acceptTogether(orm, { kind, inputs }, auditRow)),
    });
  const claims = { factor: claim("factor"), "backup-code": claim("backup-code") };
  const write = createBatcher<Entry, FailureRecord>({
    ...batching,
    keyOf: idOf,
    run: (entries) => database.run((orm) => recordTogether(orm, entries)),
  });
  return {
    readUser: read,
    beginEnrolment: (input) =>
      database.run((orm) => orm.transaction((tx) => beginEnrolment(tx, input, auditRow))),
    confirmEnrolment: (input) => database.run((orm) => confirmEnrolment(orm, input, auditRow)),
    async acceptCode(input) {
      const claimed = await claims[input.proof.kind](input);
      return claimed ?? database.run((orm) => explainFailedAcceptance(orm, input));
    },
    disable: (input) =>
      database.run((orm) =>
        orm.transaction((tx) => redeem(tx, input, auditRow, () => eraseFactors(tx, input))),
      ),
    replaceBackupCodes: (input) =>
      database.run((orm) =>
        orm.transaction((tx) =>
          redeem(tx, input, auditRow, () => storeBackupCodes(tx, input, input.backupCodes)),
        ),
      ),
    recordRejection: (event, lane) =>
      write({ row: auditRow(event), failure: lane && { userId: event.userId, lane, at: event.at } }),
    async record(event) {
      await write({ row: auditRow(event), failure: undefined });
    },
  };
}

/** A store that is down or slow fails a whole batch; anything else failed by what it was given, and changed nothing. */
function isNoStoreFault(error: unknown): boolean {
  return !(error instanceof MfaError);
}

/** Claims the proof and, once it is claimed, does the work within the same transaction. */
async function redeem(
  tx: Orm,
  input: ThrottledRedeemInput,
  auditRow: AuditRowMaker,
  work: () => Promise<void>,
): Promise<AcceptResult> {
  const answers = await acceptTogether(tx, { kind: input.proof.kind, inputs: [input] }, auditRow);
  const claimed = answers.get(input.userId);
  if (claimed === undefined) return explainFailedAcceptance(tx, input);
  await work();
  return claimed;
}

async function explainFailedAcceptance(orm: Orm, input: ThrottledRedeemInput): Promise<AcceptResult> {
  const [found] = await queryRows<{ there: boolean; locked: boolean; known: boolean }>(
    orm,
    failedAcceptanceStatement(input),
  );
  if (found?.there !== true) return { outcome: "gone" };
  if (found.locked) return { outcome: "locked" };
  return { outcome: found.known ? "replayed" : "unknown" };
}
