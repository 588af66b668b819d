import type { ClientContext as ClientContextMessage } from "@countersign/protocol/countersign/mfa/v1/client_context_pb.js";
import type { CallContext } from "@countersign/rpc-server";
import type { Actor } from "../domain/audit/audit-event.js";
import { cleanUserAgent, parseIpAddress } from "../domain/caller/client-context.js";
import { parsed } from "../domain/parsed.js";

/** The fields of a request's client context, for `checkFields`. */
export function contextFields(context: ClientContextMessage | undefined) {
  return {
    "context.ip_address": parseIpAddress(context?.ipAddress ?? ""),
    "context.user_agent": parsed(cleanUserAgent(context?.userAgent ?? "")),
  };
}

/** For requests without a client context. */
export const NO_CONTEXT = { "context.ip_address": undefined, "context.user_agent": undefined };

/** The actor, from the authenticated caller and the request. */
export function actorOf(
  call: CallContext,
  fields: {
    readonly "context.ip_address": string | undefined;
    readonly "context.user_agent": string | undefined;
  },
): Actor {
  return {
    caller: call.caller.id,
    requestId: call.requestId,
    context: { ipAddress: fields["context.ip_address"], userAgent: fields["context.user_agent"] },
  };
}
