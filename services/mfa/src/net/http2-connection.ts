import { randomInt } from "node:crypto";
import {
  constants,
  type IncomingHttpHeaders,
  type ServerHttp2Session,
  type ServerHttp2Stream,
} from "node:http2";
import type { ConnectionLimits } from "./listener-options.js";

type Limits = Pick<ConnectionLimits, "sniffTimeoutMs" | "connectionAgeMs" | "connectionAgeGraceMs">;

/** Takes a request; may answer with what to do when its stream has closed. */
type OnStream = (stream: ServerHttp2Stream, headers: IncomingHttpHeaders) => (() => void) | undefined;

/** A client that has not answered a ping within this is not waited for. In milliseconds. */
const PING_PATIENCE_MS = 1_000;

/** No client numbers a stream higher. */
const HIGHEST_STREAM_ID = 2 ** 31 - 1;

/** One HTTP/2 connection: ages, and is ended without failing a call. */
export class Http2Connection {
  readonly #timers: NodeJS.Timeout[] = [];
  #aged = false;
  #openStreams = 0;
  #retired: Promise<void> | undefined;
  #finishRetiring: () => void = () => undefined;

  constructor(
    private readonly session: ServerHttp2Session,
    private readonly limits: Limits,
    private readonly onStream: OnStream,
  ) {
    if (limits.connectionAgeMs > 0) {
      this.#after(withJitter(limits.connectionAgeMs), () => {
        this.#aged = true;
      });
    }
    // Its settings are what a client has to say before its first request.
    let introduced = false;
    session.once("remoteSettings", () => {
      introduced = true;
    });
    this.#after(limits.sniffTimeoutMs, () => {
      if (!introduced) session.destroy();
    });
    // A session's faults end with its close; without a listener they would end the process.
    session.on("error", () => undefined);
    session.on("stream", (stream, headers) => this.#take(stream, headers));
    session.once("close", () => {
      for (const timer of this.#timers) clearTimeout(timer);
      this.#finishRetiring();
    });
  }

  get openStreams(): number {
    return this.#openStreams;
  }

  /**
   * Ends the connection in two steps, as RFC 9113 section 6.8 advises: a GOAWAY that still takes every stream, and after a
   * round trip the one that takes no more. What the client sent in between is answered. Resolves between the two.
   */
  async retire(): Promise<void> {
    this.#retired ??= new Promise((resolve) => {
      const { session } = this;
      this.#finishRetiring = () => {
        if (!session.closed && !session.destroyed) session.close();
        resolve();
      };
      if (session.closed || session.destroyed) {
        resolve();
        return;
      }
      session.goaway(constants.NGHTTP2_NO_ERROR, HIGHEST_STREAM_ID);
      this.#after(PING_PATIENCE_MS, this.#finishRetiring);
      this.#after(this.limits.connectionAgeGraceMs, () => session.destroy());
      if (this.#openStreams === 0 || !session.ping(this.#finishRetiring)) this.#finishRetiring();
    });
    return this.#retired;
  }

  #take(stream: ServerHttp2Stream, headers: IncomingHttpHeaders): void {
    this.#openStreams += 1;
    let onClosed: (() => void) | undefined;
    stream.on("close", () => {
      this.#openStreams -= 1;
      onClosed?.();
      // From here on Node reads nothing more of a connection that has sent its GOAWAY, neither a pong nor the end.
      if (this.#openStreams === 0) this.#finishRetiring();
    });
    if (!this.#aged || this.#retired !== undefined) {
      onClosed = this.onStream(stream, headers);
      return;
    }
    // An old connection ends at its next request and not between two: only while a stream is open does Node read the
    // requests that cross the GOAWAY. So this one begins when the client is known to send no more.
    void this.retire().then(() => {
      if (!stream.destroyed) onClosed = this.onStream(stream, headers);
    });
  }

  #after(ms: number, action: () => void): void {
    this.#timers.push(setTimeout(action, ms));
  }
}

/** Clients that came together do not all come back together. */
function withJitter(ms: number): number {
  return randomInt(Math.ceil(ms * 0.9), Math.ceil(ms * 1.1) + 1);
}
