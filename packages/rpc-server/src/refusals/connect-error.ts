import { ConnectError } from "@connectrpc/connect";
import type { RpcError } from "../errors/rpc-error.js";

/** An error in the form of Connect's handlers. */
export function toConnectError({ code, message, details }: RpcError): ConnectError {
  return new ConnectError(
    message,
    code,
    undefined,
    details.map(({ desc, value }) => ({ desc, value })),
  );
}
