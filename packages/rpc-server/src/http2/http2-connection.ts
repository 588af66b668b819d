import { randomInt } from "node:crypto";
import {
  constants,
  type IncomingHttpHeaders,
  type ServerHttp2Session,
  type ServerHttp2Stream,
} from "node:http2";
import type { Socket } from "node:net";
import type { ConnectionEnd, ListenerObserver } from "../bounds/listener-observer.js";
import { MAX_HEADER_BYTES } from "../bounds/listener-options.js";
import type { Conversation, OpenConnection } from "../bounds/open-connection.js";
import type { StreamPlaces } from "../bounds/stream-places.js";
import type { RequestOrigin } from "../http/request-origin.js";
import type { ConnectionLimits } from "../limits/limits.js";
import { headerBytes } from "./header-bytes.js";
import { HeldStream } from "./held-stream.js";

/** Handles a request; may return a callback for when its stream has closed. */
type OnStream = (
  stream: ServerHttp2Stream,
  headers: IncomingHttpHeaders,
  origin: RequestOrigin,
) => (() => void) | undefined;

/** Node also passes the raw headers, which its types for sessions omit. */
type StreamEvent = [ServerHttp2Stream, IncomingHttpHeaders, number, readonly string[]];

interface Http2Parts {
  readonly session: ServerHttp2Session;
  readonly socket: Socket;
  readonly connection: OpenConnection;
  readonly limits: ConnectionLimits;
  readonly places: StreamPlaces;
  readonly observer: ListenerObserver;
}

/** An aged connection is closed between two calls only after it has been idle for this long, so that the GOAWAY crosses no call. */
const AGED_IDLE_MS = 5_000;

/** One HTTP/2 connection: limits its streams, retires it by age, keeps it alive by PING, and closes it without failing a call. */
export class Http2Connection implements Conversation {
  readonly #streams = new Set<HeldStream>();
  readonly #openedAt = performance.now();
  readonly #agesAt: number;
  #introduced = false;
  #authenticated = false;
  #idleSince = this.#openedAt;
  #pingSentAt: number | undefined;
  /** When the last PING was answered, and how much had been received by then. */
  #provenAt = 0;
  #provenBytes = 0;
  #isLeaving = false;
  #retirement: NodeJS.Immediate | undefined;
  #retiredAt: number | undefined;
  #endedAt: number | undefined;

  constructor(private readonly parts: Http2Parts) {
    const { session, limits } = parts;
    const { connectionAgeMs } = limits;
    this.#agesAt =
      connectionAgeMs > 0 ? this.#openedAt + withJitter(connectionAgeMs) : Number.POSITIVE_INFINITY;
    // A client must send its settings before its first request.
    session.once("remoteSettings", () => {
      this.#introduced = true;
    });
    // A session's faults also close it; without a listener they would end the process.
    session.on("error", () => undefined);
  }

  get openStreams(): number {
    return this.#streams.size;
  }

  get isIdle(): boolean {
    return this.#streams.size === 0;
  }

  serve(onStream: OnStream, peer: RequestOrigin["peer"]): void {
    this.parts.session.on("stream", (...[stream, headers, , rawHeaders]: StreamEvent) => {
      if (this.#isLeaving || performance.now() >= this.#agesAt) this.#retireWithWhatArrived();
      const held = this.#hold(stream, headerBytes(rawHeaders));
      if (held === undefined) return;
      const onClosed = onStream(stream, headers, {
        peer,
        onJudged: (authenticated) => {
          held.judged(authenticated);
          this.parts.connection.judged(authenticated);
        },
      });
      stream.on("close", () => {
        this.#release(held);
        onClosed?.();
      });
    });
  }

  /** It may have many calls under way: a proxy sends those of all its clients over few connections. */
  authenticated(): void {
    this.#authenticated = true;
    const { session, limits } = this.parts;
    const { maxStreamsPerConnection, maxAnonymousStreamsPerConnection } = limits;
    if (maxStreamsPerConnection <= maxAnonymousStreamsPerConnection || session.destroyed) return;
    session.settings({ maxConcurrentStreams: maxStreamsPerConnection });
  }

  leave(): void {
    this.#isLeaving = true;
  }

  retire(): void {
    if (this.#retiredAt !== undefined) return;
    this.#retiredAt = performance.now();
    this.parts.session.close();
  }

  check(now: number): void {
    const { session, socket, limits, observer } = this.parts;
    if (!this.#introduced && now - this.#openedAt >= limits.sniffTimeoutMs) socket.destroy();
    else if (session.closed || session.destroyed) this.#checkEnded(now);
    else if (this.isIdle) this.#checkIdle(now);
    for (const held of this.#streams) {
      if (held.isLeftOver(now, limits.closeGraceMs)) held.reset(constants.NGHTTP2_NO_ERROR);
      if (!held.isUnread(now, limits.writeTimeoutMs)) continue;
      observer.streamRefused("write_timeout");
      held.reset(constants.NGHTTP2_CANCEL);
      // A client that reads nothing does not answer this either.
      this.#ping(now);
    }
    if (this.#pingSentAt !== undefined) this.#checkPing(now - this.#pingSentAt);
  }

  cut(): void {
    // Sends a GOAWAY, if there is room, to tell the client which of its requests were processed.
    this.parts.session.destroy();
    this.parts.socket.destroy();
  }

  /**
   * An old connection ends at a request and not between two: a client that waits for this answer sends none that the GOAWAY would cross. It goes
   * out once all that has been received was read, and so names every request of a client that sends many at a time, but those still on their way.
   */
  #retireWithWhatArrived(): void {
    this.#retirement ??= setImmediate(() => this.retire());
  }

  #cutFor(reason: ConnectionEnd): void {
    if (this.parts.socket.destroyed) return;
    this.parts.observer.connectionEnded(reason);
    this.cut();
  }

  #checkPing(waitedMs: number): void {
    const { session, limits } = this.parts;
    if (session.destroyed || session.closed) return;
    // A session that has sent a GOAWAY for an error writes nothing more.
    const unsent = (session.state.outboundQueueSize ?? 0) > 0;
    if (waitedMs >= limits.pingTimeoutMs) this.#cutFor("ping_timeout");
    else if (unsent && waitedMs >= limits.closeGraceMs) this.#cutFor("lingering");
  }

  #hold(stream: ServerHttp2Stream, bytes: number): HeldStream | undefined {
    const { places, connection, observer } = this.parts;
    if (bytes > MAX_HEADER_BYTES) {
      // Node enforces this only after the client has acknowledged our settings, which it need not do.
      observer.streamRefused("header_bytes");
      refuse(stream, constants.NGHTTP2_ENHANCE_YOUR_CALM);
      connection.judged(false);
      return undefined;
    }
    const end = () => refuse(stream, constants.NGHTTP2_REFUSED_STREAM);
    const place = places.take({ peerGroup: connection.peerGroup, end });
    if (place === undefined) {
      end();
      return undefined;
    }
    const held = new HeldStream(stream, place);
    this.#streams.add(held);
    return held;
  }

  #release(held: HeldStream): void {
    held.release();
    this.#streams.delete(held);
    if (this.isIdle) this.#idleSince = performance.now();
  }

  #checkIdle(now: number): void {
    const { socket, limits, observer } = this.parts;
    const idleMs = now - this.#idleSince;
    // Data without a call may be an error for which a GOAWAY was sent: Node 20 does not report it.
    if (idleMs >= limits.closeGraceMs && socket.bytesRead !== this.#provenBytes) this.#ping(now);
    if (now >= this.#agesAt && idleMs >= Math.min(AGED_IDLE_MS, limits.idleTimeoutMs)) this.retire();
    else if (idleMs < limits.idleTimeoutMs) return;
    else if (this.#authenticated) {
      if (now - this.#provenAt >= limits.idleTimeoutMs) this.#ping(now);
    } else {
      observer.connectionEnded("idle");
      this.retire();
    }
  }

  /** Node leaves the socket open for the client after a session has ended, whichever side ended it. */
  #checkEnded(now: number): void {
    const { session, limits } = this.parts;
    this.#endedAt ??= now;
    const busy = !session.destroyed && !this.isIdle;
    const since = busy ? (this.#retiredAt ?? this.#endedAt) : Math.max(this.#endedAt, this.#idleSince);
    if (now - since >= (busy ? limits.connectionAgeGraceMs : limits.closeGraceMs)) this.#cutFor("lingering");
  }

  #ping(now: number): void {
    const { session } = this.parts;
    if (this.#pingSentAt !== undefined || session.destroyed) return;
    this.#pingSentAt = now;
    session.ping((error) => {
      if (error !== null) return;
      this.#pingSentAt = undefined;
      this.#provenAt = performance.now();
      this.#provenBytes = this.parts.socket.bytesRead;
    });
  }
}

function refuse(stream: ServerHttp2Stream, code: number): void {
  stream.on("error", () => undefined);
  stream.close(code);
}

/** Jitter, so that clients that connected together do not reconnect together. */
function withJitter(ms: number): number {
  return randomInt(Math.ceil(ms * 0.9), Math.ceil(ms * 1.1) + 1);
}
