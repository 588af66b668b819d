import type { MessageInitShape } from "@bufbuild/protobuf";
import type {
  Approval,
  VerifyCodeRequestSchema,
} from "@countersign/protocol/countersign/mfa/v1/mfa_service_pb.js";
import type { Rejection } from "@countersign/protocol/countersign/mfa/v1/rejection_pb.js";
import type { MfaClient } from "./clients.js";
import { durationToMs } from "./duration.js";

/** `approved` is true in one case only; an unset or unknown outcome is a rejection without a reason. */
export type CheckedCode =
  | { readonly approved: true; readonly approval: Approval }
  | {
      readonly approved: false;
      readonly rejection: Rejection | undefined;
      /** How long until a code is compared again, if the user is locked and the lock ends by itself. */
      readonly retryAfterMs: number | undefined;
    };

/** VerifyCode with an unambiguous answer. Throws ConnectError as the client does; an error is never an approval. */
export async function checkCode(
  client: Pick<MfaClient, "verifyCode">,
  request: MessageInitShape<typeof VerifyCodeRequestSchema>,
): Promise<CheckedCode> {
  const { outcome } = await client.verifyCode(request);
  if (outcome.case === "approved") return { approved: true, approval: outcome.value };
  const rejection = outcome.case === "rejected" ? outcome.value : undefined;
  const wait = rejection?.retryAfter;
  return { approved: false, rejection, retryAfterMs: wait === undefined ? undefined : durationToMs(wait) };
}
