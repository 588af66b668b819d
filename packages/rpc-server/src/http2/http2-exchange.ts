import { once } from "node:events";
import { constants, type IncomingHttpHeaders, type ServerHttp2Stream } from "node:http2";
import type { UniversalServerResponse } from "@connectrpc/connect/protocol";
import { authorityOf } from "../http/authority.js";
import { discardAfterAnswer } from "../http/discard-request-body.js";
import { type Abandonable, type Exchange, pump } from "../http/exchange.js";
import { fieldsOf, firstValue, webHeaders } from "../http/header-fields.js";
import type { Peer } from "../peer/peer.js";
import { limitResets } from "./client-resets.js";

/** A stream of HTTP/2 as an exchange. */
export function http2Exchange(
  stream: ServerHttp2Stream,
  incoming: IncomingHttpHeaders,
  peer: Peer,
): Exchange {
  // A stream's faults also close it; without a listener they would end the process.
  stream.on("error", () => undefined);
  let call: Abandonable | undefined;
  limitResets(stream, () => call?.isAuthenticated === true);
  return {
    httpVersion: "2.0",
    method: firstValue(incoming[constants.HTTP2_HEADER_METHOD]) ?? "",
    path: firstValue(incoming[constants.HTTP2_HEADER_PATH]) ?? "",
    authority: authorityOf(incoming),
    peer,
    header: (name) => firstValue(incoming[name]),
    headers: () => webHeaders(incoming),
    body: stream.iterator({ destroyOnReturn: false }) as AsyncIterable<Uint8Array>,
    // Not "close": Node ends the writable side of a stream that its client resets, so it looks complete by then.
    onGone: (begun) => {
      call = begun;
      stream.once("aborted", () => begun.cancel());
    },
    answer: async (response) => {
      try {
        await send(stream, response);
        void discardAfterAnswer(stream);
      } catch {
        stream.close(constants.NGHTTP2_INTERNAL_ERROR);
      }
    },
  };
}

async function send(stream: ServerHttp2Stream, response: UniversalServerResponse): Promise<void> {
  const pieces = response.body?.[Symbol.asyncIterator]();
  const first = await pieces?.next();
  if (stream.destroyed || stream.closed) return;
  const head = { [constants.HTTP2_HEADER_STATUS]: response.status, ...fieldsOf(response.header) };
  if (pieces === undefined || first === undefined || first.done === true) {
    // One block of headers with END_STREAM: the Trailers-Only form, the only one that gRPC clients retry.
    stream.respond({ ...head, ...fieldsOf(response.trailer) }, { endStream: true });
    return;
  }
  const { trailer } = response;
  stream.respond(head, { waitForTrailers: trailer !== undefined });
  stream.once("wantTrailers", () => stream.sendTrailers(fieldsOf(trailer)));
  await pump(pieces, first, (piece) => write(stream, piece));
  stream.end();
}

/** Resolves once the client accepts more data: false if it is gone. */
async function write(stream: ServerHttp2Stream, piece: Uint8Array): Promise<boolean> {
  if (stream.destroyed || stream.closed) return false;
  if (!stream.write(piece)) await Promise.race([once(stream, "drain"), once(stream, "close")]);
  return !stream.destroyed;
}
