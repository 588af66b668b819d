import { once } from "node:events";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { UniversalServerResponse } from "@connectrpc/connect/protocol";
import type { Peer } from "../rpc/pipeline/call-context.js";
import { type Exchange, pump } from "./exchange.js";
import { fieldsOf, firstValue, webHeaders } from "./header-fields.js";

/** A request and response of HTTP/1.1 as an exchange. */
export function http1Exchange(request: IncomingMessage, response: ServerResponse, peer: Peer): Exchange {
  request.on("error", () => undefined);
  response.on("error", () => undefined);
  return {
    httpVersion: "1.1",
    method: request.method ?? "",
    path: request.url ?? "",
    // Without one an HTTP/1.1 request is malformed (RFC 9112 section 3.2); older clients know none.
    authority: request.headers.host ?? (request.httpVersion === "1.1" ? "" : undefined),
    peer,
    header: (name) => firstValue(request.headers[name]),
    headers: () => webHeaders(request.headers),
    // Destroying the request would take the socket, and the answer, with it.
    body: request.iterator({ destroyOnReturn: false }) as AsyncIterable<Uint8Array>,
    onGone: (listener) =>
      response.once("close", () => {
        if (!response.writableFinished) listener();
      }),
    answer: async (answer) => {
      try {
        await send(response, answer);
      } catch {
        response.destroy();
      }
    },
  };
}

async function send(response: ServerResponse, answer: UniversalServerResponse): Promise<void> {
  const pieces = answer.body?.[Symbol.asyncIterator]();
  const first = await pieces?.next();
  if (response.destroyed) return;
  const empty = pieces === undefined || first === undefined || first.done === true;
  const inHead = empty ? fieldsOf(answer.trailer) : {};
  response.writeHead(answer.status, { ...fieldsOf(answer.header), ...inHead });
  if (!empty) {
    await pump(pieces, first, (piece) => write(response, piece));
    if (answer.trailer !== undefined) response.addTrailers(fieldsOf(answer.trailer));
  }
  response.end();
}

/** Resolves once the client has room for more: false if it is gone. */
async function write(response: ServerResponse, piece: Uint8Array): Promise<boolean> {
  if (response.destroyed) return false;
  if (!response.write(piece)) await Promise.race([once(response, "drain"), once(response, "close")]);
  return !response.destroyed;
}
