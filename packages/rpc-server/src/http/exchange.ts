import type { UniversalServerResponse } from "@connectrpc/connect/protocol";
import type { Peer } from "../peer/peer.js";

/** A call that its client can cancel. */
export interface Abandonable {
  /** Whether a caller with a valid credential has been found for it. */
  readonly isAuthenticated: boolean;
  cancel(): void;
}

/** One HTTP request and the chance to answer it once, over either version of HTTP. */
export interface Exchange {
  readonly httpVersion: "1.1" | "2.0";
  readonly method: string;
  /** Path and query as received. */
  readonly path: string;
  /** The Host header or :authority, unchecked. */
  readonly authority: string | undefined;
  readonly peer: Peer;
  /** Called once with whether the request has an authenticated caller. */
  readonly onJudged?: (authenticated: boolean) => void;
  header(name: string): string | undefined;
  /** All headers, without pseudo-headers. */
  headers(): Headers;
  /** The request's body. The connection stays usable if it is not read to the end. */
  readonly body: AsyncIterable<Uint8Array>;
  /** Sets the call that is canceled if the client disconnects before the answer is complete. */
  onGone(call: Abandonable): void;
  /** Sends the answer. Resolves when it is handed to the socket or the client is gone; never rejects. */
  answer(response: UniversalServerResponse): Promise<void>;
}

/** Writes a body in chunks, as fast as the client reads it. Stops if `write` reports that the client is gone. */
export async function pump(
  pieces: AsyncIterator<Uint8Array>,
  first: IteratorResult<Uint8Array, unknown>,
  write: (piece: Uint8Array) => Promise<boolean>,
): Promise<void> {
  for (let piece = first; piece.done !== true; piece = await pieces.next()) {
    if (!(await write(piece.value))) {
      await pieces.return?.();
      return;
    }
  }
}
