import type { MessageInitShape } from "@bufbuild/protobuf";
import type {
  Approval,
  VerifyCodeRequestSchema,
} from "@countersign/protocol/countersign/mfa/v1/mfa_service_pb.js";
import type { MfaClient } from "./clients.js";
import { outcomeOf, type Refusal, refusalFrom } from "./refusal.js";

/** `approved` is true in one case only; an unset or unknown outcome is a rejection without a reason. */
export type CheckedCode =
  | { readonly approved: true; readonly approval: Approval }
  | ({ readonly approved: false } & Refusal);

/** VerifyCode with an unambiguous answer. Throws CountersignError as the client does; an error is never an approval. */
export async function checkCode(
  client: Pick<MfaClient, "verifyCode">,
  request: MessageInitShape<typeof VerifyCodeRequestSchema>,
): Promise<CheckedCode> {
  const outcome = await outcomeOf(client.verifyCode(request));
  return outcome.case === "approved"
    ? { approved: true, approval: outcome.value }
    : { approved: false, ...refusalFrom(outcome) };
}
