import type { RejectionReason } from "@countersign/protocol/countersign/mfa/v1/rejection_pb.js";
import { expect } from "vitest";

/** For `toEqual`: an outcome that refuses for this reason. */
export function rejectedFor(reason: RejectionReason): unknown {
  return { case: "rejected", value: expect.objectContaining({ reason }) as unknown };
}
