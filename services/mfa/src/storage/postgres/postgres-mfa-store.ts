import { eq, sql } from "drizzle-orm";
import type { AuditEvent } from "../../domain/audit-event.js";
import { MfaError } from "../../domain/errors.js";
import type { Lane } from "../../domain/method.js";
import type { MfaStore, RedeemInput } from "../../domain/ports/mfa-store.js";
import type { Redemption } from "../../domain/proof.js";
import { acceptTogether, type FactorRedemption } from "./accept-batch.js";
import { type AuditRowMaker, insertAuditRow } from "./audit-table.js";
import { createBatcher } from "./batcher.js";
import { claimStatement, FAILURES, whyNotStatement } from "./claim.js";
import { type Database, type Orm, queryRows } from "./database.js";
import { beginEnrolment, confirmEnrolment, storeBackupCodes } from "./enrolment.js";
import { readUser } from "./read-user.js";
import { mfaFactors, mfaRecoveryCodes, mfaSettings } from "./schema.js";

/** Measured best with one statement of a kind under way; the bounds keep a burst from becoming one endless statement. */
const BATCHING = { mayBlameOne: isNoStoreFault, lanes: 1, maxBatch: 64, maxWaiting: 4_096 };

/** The store of durable settings, over either driver. */
export function createMfaStore(database: Database, auditRow: AuditRowMaker): MfaStore {
  const accept = createBatcher<FactorRedemption, number>({
    ...BATCHING,
    keyOf: ({ userId }) => userId,
    run: (inputs) => database.run((orm) => acceptTogether(orm, inputs, auditRow)),
  });
  return {
    readUser: (userId) => database.run((orm) => readUser(orm, userId)),
    beginEnrolment: (input) =>
      database.run((orm) => orm.transaction((tx) => beginEnrolment(tx, input, auditRow))),
    confirmEnrolment: (input) => database.run((orm) => confirmEnrolment(orm, input, auditRow)),
    async acceptCode(input) {
      if (!isFactorRedemption(input)) return database.run((orm) => redeem(orm, input, auditRow));
      const remaining = await accept(input);
      if (remaining !== undefined) return { outcome: "redeemed", backupCodesRemaining: remaining };
      return database.run((orm) => whyNot(orm, input));
    },
    disable: (input) =>
      database.run((orm) => orm.transaction((tx) => redeem(tx, input, auditRow, () => erase(tx, input)))),
    replaceBackupCodes: (input) =>
      database.run((orm) =>
        orm.transaction((tx) =>
          redeem(tx, input, auditRow, () => storeBackupCodes(tx, input, input.backupCodes)),
        ),
      ),
    recordRefusal: (event, failedLane) =>
      database.run((orm) => recordRefusal(orm, event, failedLane, auditRow)),
    record: (event) =>
      database.run(async (orm) => {
        await orm.execute(insertAuditRow(auditRow(event)));
      }),
  };
}

/** A store that is down or slow fails a whole batch; anything else failed by what it was given, and changed nothing. */
function isNoStoreFault(error: unknown): boolean {
  return !(error instanceof MfaError);
}

function isFactorRedemption(input: RedeemInput): input is FactorRedemption {
  return input.proof.kind === "factor";
}

/** Claims the proof and, once it is claimed, does the work within the same transaction. */
async function redeem(
  orm: Orm,
  input: RedeemInput,
  auditRow: AuditRowMaker,
  work?: () => Promise<void>,
): Promise<Redemption> {
  const [claimed] = await queryRows<{ remaining: number }>(orm, claimStatement(input, auditRow));
  if (claimed === undefined) return whyNot(orm, input);
  await work?.();
  return { outcome: "redeemed", backupCodesRemaining: claimed.remaining };
}

async function whyNot(orm: Orm, input: RedeemInput): Promise<Redemption> {
  const [found] = await queryRows<{ there: boolean; locked: boolean; known: boolean }>(
    orm,
    whyNotStatement(input),
  );
  if (found?.there !== true) return { outcome: "gone" };
  if (found.locked) return { outcome: "locked" };
  return { outcome: found.known ? "replayed" : "unknown" };
}

async function erase(tx: Orm, input: RedeemInput): Promise<void> {
  const { userId, at } = input;
  await tx.delete(mfaFactors).where(eq(mfaFactors.userId, userId));
  await tx.delete(mfaRecoveryCodes).where(eq(mfaRecoveryCodes.userId, userId));
  await tx
    .update(mfaSettings)
    .set({
      preferredMethod: null,
      isEnabled: false,
      isVerified: false,
      backupSalt: null,
      backupScheme: null,
      verifiedAt: null,
      lastUsedAt: null,
      updatedAt: at,
    })
    .where(eq(mfaSettings.userId, userId));
}

async function recordRefusal(
  orm: Orm,
  event: AuditEvent,
  failedLane: Lane | undefined,
  auditRow: AuditRowMaker,
): Promise<void> {
  const failures = failedLane === undefined ? undefined : FAILURES[failedLane];
  const counted =
    failures === undefined
      ? sql``
      : sql`with counted as (update mfa_settings set ${failures} = ${failures} + 1 where user_id = ${event.userId})`;
  await orm.execute(sql`${counted} ${insertAuditRow(auditRow(event))}`);
}
