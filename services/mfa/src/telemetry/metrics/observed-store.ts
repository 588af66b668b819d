import type { AnyAuditEvent } from "../../domain/audit/audit-event.js";
import type { MfaStore, RedeemInput } from "../../domain/enrolment/mfa-store.js";
import { isFirstOfDay } from "../../domain/throttle/failure-limits.js";
import type { LoginScope } from "../../domain/throttle/throttle-scope.js";
import type { AcceptResult } from "../../domain/verification/code-match.js";

/** Hears of what the store has kept. Must not throw: the write has happened. */
export interface StoreObserver {
  readonly onEvent: (event: AnyAuditEvent) => void;
  /** A user's code was wrong for the first time in 24 hours. */
  readonly onFailingUser: (lane: LoginScope) => void;
}

/** Tells of each audit event that the store has kept, and of each user whose codes begin to fail. */
export function observedStore(store: MfaStore, { onEvent, onFailingUser }: StoreObserver): MfaStore {
  const redeeming =
    <Input extends RedeemInput>(redeem: (input: Input) => Promise<AcceptResult>) =>
    async (input: Input): Promise<AcceptResult> => {
      const redemption = await redeem(input);
      if (redemption.outcome === "redeemed") onEvent(input.event);
      return redemption;
    };
  return {
    ...store,
    confirmEnrolment: redeeming((input) => store.confirmEnrolment(input)),
    acceptCode: redeeming((input) => store.acceptCode(input)),
    disable: redeeming((input) => store.disable(input)),
    replaceBackupCodes: redeeming((input) => store.replaceBackupCodes(input)),
    async recordRejection(event, failedLane) {
      const failures = await store.recordRejection(event, failedLane);
      onEvent(event);
      if (failedLane !== undefined && failures !== undefined && isFirstOfDay(failures))
        onFailingUser(failedLane);
      return failures;
    },
    async record(event) {
      await store.record(event);
      onEvent(event);
    },
  };
}
