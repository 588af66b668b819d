import type { OutgoingHttpHeaders, ServerHttp2Stream } from "node:http2";
import { discardAfterAnswer } from "../http/discard-request-body.js";
import { fieldsOf } from "../http/header-fields.js";
import type { Outcome } from "../pipeline/call.js";
import type { ReplyMetadata } from "../pipeline/call-context.js";
import { REQUEST_ID_HEADER } from "../pipeline/request-id.js";
import { grpcErrorTrailers } from "../refusals/grpc-status.js";
import { grpcFrame } from "./grpc-frame.js";

const OK_TRAILERS = { "grpc-status": "0" };

/** Sends the result of a unary gRPC call; nothing to a client that went away. */
export function answerFastPath(
  stream: ServerHttp2Stream,
  outcome: Outcome<Uint8Array>,
  head: {
    readonly requestId: string;
    readonly contentType: string;
    readonly reply: ReplyMetadata | undefined;
  },
): void {
  if (stream.destroyed || stream.closed || outcome.kind === "canceled") return;
  const headers: OutgoingHttpHeaders = {
    ":status": 200,
    "content-type": head.contentType,
    "cache-control": "no-store",
    [REQUEST_ID_HEADER]: head.requestId,
    ...fieldsOf(head.reply?.headers),
  };
  if (outcome.kind === "failed") {
    // One block of headers with END_STREAM: the Trailers-Only form, the only one that gRPC clients retry.
    const trailers = { ...fieldsOf(head.reply?.trailers), ...grpcErrorTrailers(outcome.error) };
    stream.respond({ ...headers, ...trailers }, { endStream: true });
  } else {
    stream.respond(headers, { waitForTrailers: true });
    stream.on("wantTrailers", () =>
      stream.sendTrailers({ ...fieldsOf(head.reply?.trailers), ...OK_TRAILERS }),
    );
    stream.end(grpcFrame(outcome.payload));
  }
  void discardAfterAnswer(stream);
}
