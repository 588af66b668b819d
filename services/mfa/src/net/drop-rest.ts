import { constants, type ServerHttp2Stream } from "node:http2";

/** Time for the answer to be read: a client that hears of the reset first, Go's among them, may report that instead. */
const RESET_DELAY_MS = 250;

/** Ends a stream that was answered before its request ended: the rest is not wanted (RFC 9113, 8.1), and not read meanwhile. */
export function dropRest(stream: ServerHttp2Stream): void {
  if (stream.readableEnded || stream.closed) return;
  stream.pause();
  const reset = setTimeout(() => stream.close(constants.NGHTTP2_NO_ERROR), RESET_DELAY_MS).unref();
  stream.once("close", () => clearTimeout(reset));
}
