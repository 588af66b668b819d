import type { UniversalServerResponse } from "@connectrpc/connect/protocol";
import type { Peer } from "../peer/peer.js";

/** A call that its client can give up. */
export interface Abandonable {
  /** Whether a caller with a valid credential has been found for it. */
  readonly isAuthenticated: boolean;
  cancel(): void;
}

/** One HTTP request and the chance to answer it once, over either version of HTTP. */
export interface Exchange {
  readonly httpVersion: "1.1" | "2.0";
  readonly method: string;
  /** Path and query as they came. */
  readonly path: string;
  /** The Host header or :authority, unchecked. */
  readonly authority: string | undefined;
  readonly peer: Peer;
  /** Hears once whether the request has an authenticated caller. */
  readonly onJudged?: (authenticated: boolean) => void;
  header(name: string): string | undefined;
  /** All headers, without pseudo-headers. */
  headers(): Headers;
  /** The request's body. Stopping to read it leaves the connection whole. */
  readonly body: AsyncIterable<Uint8Array>;
  /** Names the call that is canceled when the client is gone before the answer is complete. */
  onGone(call: Abandonable): void;
  /** Sends the answer. Resolves when it is handed to the socket or nobody is left to read it; never rejects. */
  answer(response: UniversalServerResponse): Promise<void>;
}

/** Passes a body on, piece by piece, as fast as the client takes it. Stops when `write` says that nobody reads any more. */
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
