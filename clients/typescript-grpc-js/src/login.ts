import {
  type Approval,
  type MfaServiceClient,
  VerifyCodeRequest,
  type VerifyCodeResponse,
} from "./gen/countersign/mfa/v1/mfa_service.js";
import type { Rejection } from "./gen/countersign/mfa/v1/rejection.js";
import { unary } from "./unary.js";

// snippet:login begin
/** What a login does with a code. A refusal may come without a rejection; what that says is not for the browser. */
export type Verdict =
  | { readonly approved: true; readonly approval: Approval }
  | { readonly approved: false; readonly rejection: Rejection | undefined };

/**
 * Asks whether a code that the user entered is good; an error is never an approval. The request id is fresh for each code entered
 * and the same for each time that this code is asked about: with it a retry gets the answer that was lost, without it CODE_REPLAYED.
 */
export async function checkCode(
  client: MfaServiceClient,
  entered: { readonly userId: string; readonly code: string; readonly requestId: string },
  options: { readonly timeoutMs?: number } = {},
): Promise<Verdict> {
  // The end user's, for the audit log and the policy's IP rules.
  const context = { ipAddress: "192.0.2.7", userAgent: "Mozilla/5.0" };
  const request = VerifyCodeRequest.fromPartial({ ...entered, context });
  return judge(await unary(client.verifyCode.bind(client), request, options));
}

/** Reads the outcome. One that is not set, or newer than this client, refuses. */
export function judge({ outcome }: VerifyCodeResponse): Verdict {
  if (outcome?.$case === "approved") return { approved: true, approval: outcome.value };
  return { approved: false, rejection: outcome?.$case === "rejected" ? outcome.value : undefined };
}
// snippet:login end
