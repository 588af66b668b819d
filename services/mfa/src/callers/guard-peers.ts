import type { Authenticate } from "@countersign/rpc-server";
import { MfaError } from "../domain/errors.js";
import type { AddressRules } from "../domain/policy/address-rules.js";

/** Admits only peers whose address the policy allows. The address is the socket's: no header can change it. */
export function guardPeers(rules: () => AddressRules, authenticate: Authenticate): Authenticate {
  return (credentials) => {
    const rule = rules().refusal(credentials.peer.address);
    if (rule === undefined) return authenticate(credentials);
    throw new MfaError("IP_NOT_ALLOWED", "the security policy blocks this address", {
      metadata: { address: "peer", rule },
    });
  };
}
