import { createAsyncIterable, type UniversalServerResponse } from "@connectrpc/connect/protocol";
import { errorToJson } from "@connectrpc/connect/protocol-connect";
import type { RpcError } from "../errors/rpc-error.js";
import type { HeaderFields } from "../http/header-fields.js";
import { toConnectError } from "./connect-error.js";
import { retryAfter } from "./retry-after.js";

/** A refusal at the HTTP level, before any RPC protocol: its status and headers. */
export interface HttpRefusal {
  readonly status: number;
  readonly header?: HeaderFields;
}

/** The error in the JSON form of Connect's unary calls, which any JSON client can read. */
export function refusalBody(error: RpcError): string {
  return JSON.stringify(errorToJson(toConnectError(error), undefined));
}

/** An answer with an HTTP status and the reason in the form of all our errors. */
export function httpRefusal({ status, header }: HttpRefusal, error: RpcError): UniversalServerResponse {
  const body = new TextEncoder().encode(refusalBody(error));
  const headers = new Headers({ "content-type": "application/json", ...retryAfter(error), ...header });
  headers.set("content-length", String(body.byteLength));
  return { status, header: headers, body: createAsyncIterable([body]) };
}
