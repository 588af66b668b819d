import type { DescMessage, MessageShape } from "@bufbuild/protobuf";
import type { ServedMethod, ServedService, UnaryHandler } from "@countersign/rpc-server";
import { parseIpAddress } from "../domain/caller/client-context.js";
import { MfaError } from "../domain/errors.js";
import type { AddressRules } from "../domain/policy/address-rules.js";

/** Refuses calls for an end user whose address the policy blocks, on every RPC whose request has an address. */
export function withClientAddressRules(served: ServedService, rules: () => AddressRules): ServedService {
  return { service: served.service, methods: served.methods.map((method) => guarded(method, rules)) };
}

function guarded(served: ServedMethod, rules: () => AddressRules): ServedMethod {
  if (served.kind !== "unary" || served.method.input.field.context === undefined) return served;
  const handler: UnaryHandler<DescMessage, DescMessage> = (request, call) => {
    const address = clientAddressOf(request);
    const rule = address.ok ? rules().refusal(address.value) : undefined;
    if (rule === undefined) return served.handler(request, call);
    const message =
      address.ok && address.value === undefined
        ? "the policy has a whitelist: context.ip_address is needed"
        : "the policy keeps this user's address out";
    throw new MfaError("IP_NOT_ALLOWED", message, { metadata: { address: "client", rule } });
  };
  return { ...served, handler };
}

/** The handler refuses a malformed address. */
export function clientAddressOf(request: MessageShape<DescMessage>): ReturnType<typeof parseIpAddress> {
  const context =
    "context" in request ? (request.context as { readonly ipAddress?: string } | undefined) : {};
  return parseIpAddress(context?.ipAddress ?? "");
}
