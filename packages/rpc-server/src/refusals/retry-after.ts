import type { RpcError } from "../errors/rpc-error.js";
import type { HeaderFields } from "../http/header-fields.js";

/** RetryInfo as an HTTP header (RFC 9110 section 10.2.3): whole seconds, rounded up, so that no retry is too early. */
export function retryAfter({ retryAfterMs }: RpcError): HeaderFields {
  return retryAfterMs === undefined ? {} : { "retry-after": String(Math.ceil(retryAfterMs / 1_000)) };
}
