import type { Authenticate } from "@countersign/rpc-server";
import { MfaError } from "../domain/errors.js";
import type { AddressRules } from "../domain/policy/address-rules.js";

/** Lets only peers in whose address the policy allows, as the socket knows it: no header can change it. */
export function guardPeers(rules: () => AddressRules, authenticate: Authenticate): Authenticate {
  return (credentials) => {
    const rule = rules().refusal(credentials.peer.address);
    if (rule === undefined) return authenticate(credentials);
    throw new MfaError("IP_NOT_ALLOWED", "the policy does not let this address call", {
      metadata: { address: "peer", rule },
    });
  };
}
