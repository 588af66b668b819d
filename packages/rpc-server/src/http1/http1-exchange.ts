import { once } from "node:events";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { UniversalServerResponse } from "@connectrpc/connect/protocol";
import { AFTER_ANSWER, discardRequestBody } from "../http/discard-request-body.js";
import { type Exchange, pump } from "../http/exchange.js";
import { fieldsOf, firstValue, webHeaders } from "../http/header-fields.js";
import type { Peer } from "../peer/peer.js";

/** How much of a request may be missing when its answer begins, for the connection to be kept. */
const BEFORE_ANSWER = { bytes: 256 * 1024, ms: 200, quietMs: 200 };

/** A request and response of HTTP/1.1 as an exchange. After the answer the connection serves the next request or closes. */
export function http1Exchange(request: IncomingMessage, response: ServerResponse, peer: Peer): Exchange {
  request.on("error", () => undefined);
  response.on("error", () => undefined);
  return {
    httpVersion: "1.1",
    method: request.method ?? "",
    path: request.url ?? "",
    authority: hostOf(request),
    peer,
    header: (name) => firstValue(request.headers[name]),
    headers: () => webHeaders(request.headers),
    // Destroying the request would also destroy the socket, and the answer.
    body: request.iterator({ destroyOnReturn: false }) as AsyncIterable<Uint8Array>,
    onGone: (call) =>
      response.once("close", () => {
        if (!response.writableFinished) call.cancel();
      }),
    answer: async (answer) => {
      try {
        await send(request, response, answer);
      } catch {
        response.destroy();
      }
    },
  };
}

/** Without exactly one Host an HTTP/1.1 request is malformed (RFC 9112 section 3.2); older clients do not send it. */
function hostOf({ headers, httpVersion, rawHeaders }: IncomingMessage): string | undefined {
  let hosts = 0;
  for (let index = 0; index < rawHeaders.length; index += 2) {
    if (rawHeaders[index]?.toLowerCase() === "host") hosts += 1;
  }
  if (hosts > 1) return "";
  return headers.host ?? (httpVersion === "1.1" ? "" : undefined);
}

async function send(
  request: IncomingMessage,
  response: ServerResponse,
  answer: UniversalServerResponse,
): Promise<void> {
  const pieces = answer.body?.[Symbol.asyncIterator]();
  const first = await pieces?.next();
  const complete = await isReceived(request);
  if (response.destroyed) return;
  if (!complete) response.shouldKeepAlive = false;
  const empty = pieces === undefined || first === undefined || first.done === true;
  response.writeHead(answer.status, { ...fieldsOf(answer.header), ...(empty ? emptyHead(answer) : {}) });
  if (empty) response.flushHeaders();
  else {
    await pump(pieces, first, (piece) => write(response, piece));
    if (answer.trailer !== undefined) response.addTrailers(fieldsOf(answer.trailer));
  }
  // Ending the answer closes the connection. The content length tells the client that it is complete.
  if (!complete && response.hasHeader("content-length")) await discardRequestBody(request, AFTER_ANSWER);
  response.end();
}

/** The headers of an answer without a body. */
function emptyHead({ status, trailer }: UniversalServerResponse): Record<string, string> {
  return { ...fieldsOf(trailer), ...(status === 204 ? {} : { "content-length": "0" }) };
}

/**
 * Whether the whole request has been received, or will be within a moment. The next request on the connection follows it, and the answer must say
 * whether that will be served.
 */
async function isReceived(request: IncomingMessage): Promise<boolean> {
  const known = Number(request.headers["content-length"] ?? 0);
  if (!request.complete && known > BEFORE_ANSWER.bytes) return false;
  return discardRequestBody(request, BEFORE_ANSWER);
}

/** Resolves once the client accepts more data: false if it is gone. */
async function write(response: ServerResponse, piece: Uint8Array): Promise<boolean> {
  if (response.destroyed) return false;
  if (!response.write(piece)) await Promise.race([once(response, "drain"), once(response, "close")]);
  return !response.destroyed;
}
