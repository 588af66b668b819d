import type { AnyAuditEvent } from "../domain/audit-event.js";
import type { MfaStore, RedeemInput } from "../domain/ports/mfa-store.js";
import type { Redemption } from "../domain/proof.js";

/** Tells of each audit event that the store has kept. `observe` must not throw: the write has happened. */
export function observedStore(store: MfaStore, observe: (event: AnyAuditEvent) => void): MfaStore {
  const redeeming =
    <Input extends RedeemInput>(redeem: (input: Input) => Promise<Redemption>) =>
    async (input: Input): Promise<Redemption> => {
      const redemption = await redeem(input);
      if (redemption.outcome === "redeemed") observe(input.event);
      return redemption;
    };
  return {
    ...store,
    confirmEnrolment: redeeming((input) => store.confirmEnrolment(input)),
    acceptCode: redeeming((input) => store.acceptCode(input)),
    disable: redeeming((input) => store.disable(input)),
    replaceBackupCodes: redeeming((input) => store.replaceBackupCodes(input)),
    async recordRefusal(event, failedLane) {
      await store.recordRefusal(event, failedLane);
      observe(event);
    },
    async record(event) {
      await store.record(event);
      observe(event);
    },
  };
}
