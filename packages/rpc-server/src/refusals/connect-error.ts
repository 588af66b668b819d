import { ConnectError } from "@connectrpc/connect";
import type { RpcError } from "../errors/rpc-error.js";

/** The form in which Connect's handlers take an error. */
export function toConnectError({ code, message, details }: RpcError): ConnectError {
  return new ConnectError(
    message,
    code,
    undefined,
    details.map(({ desc, value }) => ({ desc, value })),
  );
}
