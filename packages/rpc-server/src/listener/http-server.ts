import { once } from "node:events";
import type { IncomingMessage, Server, ServerResponse } from "node:http";
import {
  createServer as createHttp2Server,
  type Http2Server,
  type IncomingHttpHeaders,
  type ServerHttp2Session,
  type ServerHttp2Stream,
} from "node:http2";
import { Server as TlsServer } from "node:https";
import type { AddressInfo, Socket } from "node:net";
import { setImmediate as nextTurn } from "node:timers/promises";
import type { ListenerObserver } from "../bounds/listener-observer.js";
import { type ListenAddress, MAX_HEADER_BYTES, type TlsMaterial } from "../bounds/listener-options.js";
import type { Conversation, OpenConnection } from "../bounds/open-connection.js";
import { createDetectingServer, tlsOptions } from "../detection/protocol-detection.js";
import type { DescribeError } from "../errors/rpc-error.js";
import type { RequestOrigin } from "../http/request-origin.js";
import { Http1Connection } from "../http1/http1-connection.js";
import { CONNECTION_RESETS } from "../http2/client-resets.js";
import { Http2Connection } from "../http2/http2-connection.js";
import type { ConnectionLimits } from "../limits/limits.js";
import { peerOf } from "../peer/peer.js";
import { answerFull } from "../refusals/answer-full.js";
import { ServerConnections, type ServerLoad } from "./server-connections.js";

/** The request handlers, by HTTP version. Must not throw. */
export interface RequestHandlers {
  /** May return a callback for when the stream has closed. */
  onStream(
    stream: ServerHttp2Stream,
    headers: IncomingHttpHeaders,
    origin: RequestOrigin,
  ): (() => void) | undefined;
  onRequest(request: IncomingMessage, response: ServerResponse, origin: RequestOrigin): void;
}

export interface HttpServerOptions {
  readonly limits: ConnectionLimits;
  readonly observer: ListenerObserver;
  readonly describe: DescribeError;
  readonly tls?: TlsMaterial;
}

/** How long a connection that has not sent anything may still do so during a drain. In milliseconds. */
const SILENCE_IN_DRAIN_MS = 200;

/** One listening port and its connections, both HTTP/2 and HTTP/1.1. */
export class HttpServer {
  readonly #front: Server;
  readonly #http2: Http2Server;
  readonly #undecided = new Set<Socket>();
  readonly #connections: ServerConnections;
  #closed: Promise<unknown> | undefined;
  /** A drain no longer waits for the next request of each connection. */
  #isRetiring = false;

  constructor(
    private readonly handlers: RequestHandlers,
    private readonly options: HttpServerOptions,
  ) {
    const { limits, observer } = options;
    this.#connections = new ServerConnections(limits, observer);
    this.#http2 = createHttp2Server({
      ...CONNECTION_RESETS,
      settings: {
        maxConcurrentStreams: Math.min(
          limits.maxAnonymousStreamsPerConnection,
          limits.maxStreamsPerConnection,
        ),
        maxHeaderListSize: MAX_HEADER_BYTES,
      },
    });
    this.#front = createDetectingServer({
      ...options,
      undecided: this.#undecided,
      onRequest: (request, response) => this.#onRequest(request, response),
      onHttp2: (socket) => this.#onHttp2(socket),
    });
    this.#acceptFirst();
  }

  async open({ host, port }: ListenAddress): Promise<AddressInfo> {
    this.#front.listen({ host, port });
    await once(this.#front, "listening");
    this.#connections.startChecks();
    return this.#front.address() as AddressInfo;
  }

  get load(): ServerLoad {
    return this.#connections.load;
  }

  renewTls(tls: TlsMaterial): void {
    if (this.#front instanceof TlsServer) this.#front.setSecureContext(tlsOptions(tls));
  }

  /**
   * Stops accepting and lets calls in flight finish. Each connection ends with its next request, or after `quietMs` without one; what is
   * left after `graceMs` is cut off.
   */
  async drain(graceMs: number, quietMs: number): Promise<void> {
    if (this.#closed === undefined) {
      this.#closed = once(this.#front, "close");
      // The system resets connections that it made and that were not accepted yet: a whole turn of the event loop still accepts them.
      await nextTurn();
      await nextTurn();
      this.#front.close();
      setTimeout(() => void this.#endSilent(), SILENCE_IN_DRAIN_MS).unref();
      this.#connections.leaveAll();
      if (quietMs > 0) setTimeout(() => this.#retireAll(), quietMs).unref();
      else this.#retireAll();
    }
    const patience = setTimeout(() => this.#connections.cutAll(), graceMs);
    await this.#closed;
    clearTimeout(patience);
    this.#connections.stopChecks();
  }

  /** What has been received by now is read first, however late this comes. */
  async #endSilent(): Promise<void> {
    await nextTurn();
    for (const socket of this.#undecided) socket.destroy();
  }

  #retireAll(): void {
    this.#isRetiring = true;
    this.#connections.retireAll();
  }

  #endInDrain(conversation: Conversation): void {
    if (this.#isRetiring) conversation.retire();
    else if (this.#closed !== undefined) conversation.leave();
  }

  /** A refused connection costs nothing: no TLS handshake, no timer. */
  #acceptFirst(): void {
    const listeners = this.#front.listeners("connection");
    this.#front.removeAllListeners("connection");
    this.#front.on("connection", (socket: Socket) => {
      if (!this.#connections.accept(socket)) return;
      for (const listener of listeners) Reflect.apply(listener, this.#front, [socket]);
    });
  }

  #onHttp2(socket: Socket): void {
    const connection = this.#connections.of(socket);
    if (connection === undefined) {
      socket.destroy();
      return;
    }
    // Node creates the session synchronously.
    this.#http2.once("session", (session) => this.#onSession(session, socket, connection));
    this.#http2.emit("connection", socket);
  }

  #onSession(session: ServerHttp2Session, socket: Socket, connection: OpenConnection): void {
    const { limits, observer } = this.options;
    const { places } = this.#connections;
    const conversation = new Http2Connection({ session, socket, connection, limits, places, observer });
    connection.speaks(conversation);
    conversation.serve((...request) => this.handlers.onStream(...request), peerOf(socket));
    this.#endInDrain(conversation);
  }

  #onRequest(request: IncomingMessage, response: ServerResponse): void {
    const { socket } = request;
    const connection = this.#connections.of(socket);
    if (connection === undefined) {
      socket.destroy();
      return;
    }
    this.#http1(connection, socket).begin(response);
    const place = this.#connections.places.take({
      peerGroup: connection.peerGroup,
      end: () => socket.destroy(),
    });
    if (place === undefined) {
      answerFull(response, this.options.describe);
      return;
    }
    response.once("close", () => {
      place.release();
      // Idle now, and no longer needed. Node closes only those that were idle when the drain began.
      if (this.#closed !== undefined) setImmediate(() => this.#front.closeIdleConnections());
    });
    const onJudged = (authenticated: boolean) => {
      place.judged(authenticated);
      connection.judged(authenticated);
    };
    this.handlers.onRequest(request, response, { peer: peerOf(socket), onJudged });
  }

  #http1(connection: OpenConnection, socket: Socket): Http1Connection {
    const known = connection.conversation;
    if (known instanceof Http1Connection) return known;
    const conversation = new Http1Connection(socket, this.options);
    connection.speaks(conversation);
    this.#endInDrain(conversation);
    return conversation;
  }
}
