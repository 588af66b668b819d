import type { ServerResponse } from "node:http";
import type { DescribeError } from "../errors/rpc-error.js";
import { TransportError } from "../errors/transport-error.js";
import { REQUEST_ID_HEADER, requestIdFrom } from "../pipeline/request-id.js";
import { refusalBody } from "./http-refusal.js";
import { retryAfter } from "./retry-after.js";

/** Connect's status for RESOURCE_EXHAUSTED. */
const TOO_MANY_REQUESTS = 429;
const RETRY_AFTER_MS = 1_000;

/** Answers an HTTP/1.1 request for which there is no place, without parsing it, and closes. HTTP/2 uses REFUSED_STREAM. */
export function answerFull(response: ServerResponse, describe: DescribeError): void {
  const requestId = requestIdFrom(undefined);
  const refused = new TransportError("OVERLOADED", "too many calls are under way", {
    retryAfterMs: RETRY_AFTER_MS,
  });
  response.on("error", () => undefined);
  const error = describe(refused, requestId);
  const body = refusalBody(error);
  response.writeHead(TOO_MANY_REQUESTS, {
    connection: "close",
    "content-type": "application/json",
    "content-length": Buffer.byteLength(body),
    ...retryAfter(error),
    [REQUEST_ID_HEADER]: requestId,
  });
  response.end(body);
}
