import { randomInt } from "node:crypto";
import type { IncomingHttpHeaders, ServerHttp2Session, ServerHttp2Stream } from "node:http2";
import type { Socket } from "node:net";
import type { ConnectionLimits } from "./listener-options.js";

type Limits = Pick<ConnectionLimits, "sniffTimeoutMs" | "connectionAgeMs" | "connectionAgeGraceMs">;

/** Takes a request; may answer with what to do when its stream has closed. */
type OnStream = (stream: ServerHttp2Stream, headers: IncomingHttpHeaders) => (() => void) | undefined;

/** One HTTP/2 connection: ages, and is ended without failing a call. */
export class Http2Connection {
  readonly #timers: NodeJS.Timeout[] = [];
  #aged = false;
  #retired = false;
  #openStreams = 0;

  constructor(
    private readonly session: ServerHttp2Session,
    private readonly socket: Socket,
    private readonly limits: Limits,
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
      if (!introduced) socket.destroy();
    });
    // A session's faults end with its close; without a listener they would end the process.
    session.on("error", () => undefined);
    socket.once("close", () => {
      for (const timer of this.#timers) clearTimeout(timer);
    });
  }

  get openStreams(): number {
    return this.#openStreams;
  }

  serve(onStream: OnStream): void {
    this.session.on("stream", (stream, headers) => {
      // An old connection ends at a request and not between two: a client that waits for this answer sends none that the
      // GOAWAY would cross. One that sends many at a time is told by the GOAWAY which to send again elsewhere.
      if (this.#aged) this.retire();
      this.#openStreams += 1;
      const onClosed = onStream(stream, headers);
      stream.on("close", () => {
        this.#openStreams -= 1;
        onClosed?.();
      });
    });
  }

  /** Asks the client to go elsewhere. Calls in flight finish, within the grace. */
  retire(): void {
    if (this.#retired) return;
    this.#retired = true;
    this.session.close();
    this.#after(this.limits.connectionAgeGraceMs, () => this.socket.destroy());
  }

  #after(ms: number, action: () => void): void {
    this.#timers.push(setTimeout(action, ms));
  }
}

/** Clients that came together do not all come back together. */
function withJitter(ms: number): number {
  return randomInt(Math.ceil(ms * 0.9), Math.ceil(ms * 1.1) + 1);
}
