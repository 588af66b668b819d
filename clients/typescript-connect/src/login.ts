import { type CheckedCode, checkCode, type MfaClient } from "@countersign/client";

// snippet:login begin
/**
 * Asks whether a code that the user entered is good. `approved` is true in that case only; what is thrown is never an approval.
 * The request id is fresh for each code entered and the same for each time that this code is asked about: with it a retry gets
 * the answer that was lost, without it CODE_REPLAYED.
 */
export function checkLogin(
  client: Pick<MfaClient, "verifyCode">,
  { userId, code, requestId }: { userId: string; code: string; requestId: string },
): Promise<CheckedCode> {
  // The end user's, for the audit log and the policy's IP rules.
  const context = { ipAddress: "192.0.2.7", userAgent: "Mozilla/5.0" };
  return checkCode(client, { userId, code, requestId, context });
}
// snippet:login end
