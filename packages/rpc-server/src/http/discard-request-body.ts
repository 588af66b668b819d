import { constants, type ServerHttp2Stream } from "node:http2";
import type { Readable } from "node:stream";

/** How much of a body is read and discarded, and for how long. In bytes and milliseconds. */
export interface DiscardLimits {
  readonly bytes: number;
  readonly ms: number;
  /** How long nothing may arrive. */
  readonly quietMs: number;
}

/**
 * Limits on the rest of a body that is read after its answer. Many clients send the whole request before they read: unread, it would block them, and
 * a connection closed with unread bytes is reset, which can destroy the answer (RFC 9112 section 9.6).
 */
export const AFTER_ANSWER: DiscardLimits = { bytes: 4 * 1024 * 1024, ms: 5_000, quietMs: 1_000 };

/** Reads and discards the rest of a request's body. Resolves to whether it ended within the limits; never rejects. */
export function discardRequestBody(body: Readable, { bytes, ms, quietMs }: DiscardLimits): Promise<boolean> {
  if (body.readableEnded) return Promise.resolve(true);
  if (body.destroyed) return Promise.resolve(false);
  return new Promise((resolve) => {
    let left = bytes;
    const whole = setTimeout(() => stop(false), ms).unref();
    const quiet = setTimeout(() => stop(false), quietMs).unref();
    const onData = (piece: Buffer) => {
      left -= piece.length;
      quiet.refresh();
      if (left < 0) stop(false);
    };
    const onEnd = () => stop(true);
    const onClose = () => stop(false);
    function stop(ended: boolean): void {
      clearTimeout(whole);
      clearTimeout(quiet);
      body.off("data", onData).off("end", onEnd).off("close", onClose).pause();
      resolve(ended);
    }
    // An iterator that still waits for the next piece would keep the body from flowing.
    body.removeAllListeners("readable");
    body.on("data", onData).on("end", onEnd).on("close", onClose).resume();
  });
}

/**
 * Reads a bounded rest of a request whose stream has been answered, so that its client can finish and need not reset the stream. Ends the stream
 * beyond the bound (RFC 9113 section 8.1).
 */
export async function discardAfterAnswer(stream: ServerHttp2Stream): Promise<void> {
  const ended = await discardRequestBody(stream, AFTER_ANSWER);
  if (!ended && !stream.closed) stream.close(constants.NGHTTP2_NO_ERROR);
}
