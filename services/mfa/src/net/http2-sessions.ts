import { randomInt } from "node:crypto";
import { constants, type ServerHttp2Session } from "node:http2";

interface Aging {
  readonly connectionAgeMs: number;
  readonly connectionAgeGraceMs: number;
}

/** A client answers a ping within this, or is not worth waiting for. In milliseconds. */
const PING_PATIENCE_MS = 1_000;

/** No client numbers a stream higher. */
const HIGHEST_STREAM_ID = 2 ** 31 - 1;

/** The open HTTP/2 connections: ages them, and ends them without failing a call. */
export class Http2Sessions {
  readonly #open = new Set<ServerHttp2Session>();

  constructor(private readonly aging: Aging) {}

  get count(): number {
    return this.#open.size;
  }

  add(session: ServerHttp2Session): void {
    this.#open.add(session);
    const { connectionAgeMs, connectionAgeGraceMs } = this.aging;
    const timers: NodeJS.Timeout[] = [];
    if (connectionAgeMs > 0) {
      const ageMs = withJitter(connectionAgeMs);
      timers.push(setTimeout(() => retire(session), ageMs));
      timers.push(setTimeout(() => session.destroy(), ageMs + connectionAgeGraceMs));
    }
    // A session's faults end with its close; without a listener they would end the process.
    session.on("error", () => undefined);
    session.once("close", () => {
      this.#open.delete(session);
      for (const timer of timers) clearTimeout(timer);
    });
  }

  /** Asks every client to go elsewhere; calls in flight finish. */
  retireAll(): void {
    for (const session of this.#open) retire(session);
  }
}

/**
 * Ends a connection in two steps, as RFC 9113 section 6.8 advises: first a GOAWAY that still takes every stream, and after a
 * round trip the last one. A request that the client sent in between is answered and not lost.
 */
function retire(session: ServerHttp2Session): void {
  if (session.closed || session.destroyed) return;
  const close = () => {
    clearTimeout(patience);
    if (!session.closed && !session.destroyed) session.close();
  };
  const patience = setTimeout(close, PING_PATIENCE_MS);
  session.goaway(constants.NGHTTP2_NO_ERROR, HIGHEST_STREAM_ID);
  if (!session.ping(close)) close();
}

/** Clients that came together do not all come back together. */
function withJitter(ms: number): number {
  return randomInt(Math.ceil(ms * 0.9), Math.ceil(ms * 1.1) + 1);
}
