import { createAsyncIterable, type UniversalServerResponse } from "@connectrpc/connect/protocol";
import { errorToJson } from "@connectrpc/connect/protocol-connect";
import type { RpcError } from "../errors/rpc-error.js";
import type { HeaderFields } from "../http/header-fields.js";
import { toConnectError } from "./connect-error.js";
import { retryAfter } from "./retry-after.js";

/** What HTTP itself says no to, before any protocol of RPCs has a say: its status and the headers that belong to it. */
export interface HttpRefusal {
  readonly status: number;
  readonly header?: HeaderFields;
}

/** The error as Connect's unary calls write it, which every client can read that reads JSON. */
export function refusalBody(error: RpcError): string {
  return JSON.stringify(errorToJson(toConnectError(error), undefined));
}

/** An answer by HTTP's own status that still says why, in the form of all our errors. */
export function httpRefusal({ status, header }: HttpRefusal, error: RpcError): UniversalServerResponse {
  const body = new TextEncoder().encode(refusalBody(error));
  const headers = new Headers({ "content-type": "application/json", ...retryAfter(error), ...header });
  headers.set("content-length", String(body.byteLength));
  return { status, header: headers, body: createAsyncIterable([body]) };
}
