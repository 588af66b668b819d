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
import type { Peer } from "../rpc/pipeline/call-context.js";
import { CONNECTION_RESETS } from "./client-resets.js";
import { createFront, tlsOptions } from "./front.js";
import { Http2Connection } from "./http2-connection.js";
import type { ConnectionLimits, ListenAddress, TlsMaterial } from "./listener-options.js";
import { peerOf } from "./peer.js";

/** What answers requests, by version of HTTP. Must not throw. */
export interface RequestHandlers {
  /** May answer with what to do when the stream has closed. */
  onStream(stream: ServerHttp2Stream, headers: IncomingHttpHeaders, peer: Peer): (() => void) | undefined;
  onRequest(request: IncomingMessage, response: ServerResponse, peer: Peer): void;
}

/** How many HTTP/2 connections are open, and the calls under way on them. */
export interface PortLoad {
  readonly sessions: number;
  readonly streams: number;
}

/** How long a connection that has not said anything may still do so when the port drains. In milliseconds. */
const SILENCE_IN_DRAIN_MS = 200;

/** As much as Node takes on HTTP/1.1. */
const MAX_HEADER_BYTES = 16 * 1024;

/** One listening port and its connections, HTTP/2 and HTTP/1.1 alike. */
export class Port {
  readonly #front: Server;
  readonly #http2: Http2Server;
  readonly #undecided = new Set<Socket>();
  readonly #connections = new Set<Http2Connection>();
  readonly #sockets = new Set<Socket>();
  /** When an HTTP/1.1 connection brought its first request, in monotonic milliseconds. */
  readonly #since = new WeakMap<Socket, number>();
  #closed: Promise<unknown> | undefined;

  constructor(
    private readonly handlers: RequestHandlers,
    private readonly options: { readonly limits: ConnectionLimits; readonly tls?: TlsMaterial },
  ) {
    const { limits } = options;
    this.#http2 = createHttp2Server({
      ...CONNECTION_RESETS,
      settings: { maxConcurrentStreams: limits.maxStreamsPerConnection, maxHeaderListSize: MAX_HEADER_BYTES },
    });
    this.#front = createFront({
      ...options,
      undecided: this.#undecided,
      onRequest: (request, response) => this.#onRequest(request, response),
      onHttp2: (socket) => this.#onHttp2(socket),
    });
    this.#front.on("connection", (socket: Socket) => this.#track(socket));
  }

  async open({ host, port }: ListenAddress): Promise<AddressInfo> {
    this.#front.listen({ host, port });
    await once(this.#front, "listening");
    return this.#front.address() as AddressInfo;
  }

  get load(): PortLoad {
    let streams = 0;
    for (const { openStreams } of this.#connections) streams += openStreams;
    return { sessions: this.#connections.size, streams };
  }

  renewTls(tls: TlsMaterial): void {
    if (this.#front instanceof TlsServer) this.#front.setSecureContext(tlsOptions(tls));
  }

  /** Stops accepting and lets calls in flight finish; what is left after `graceMs` is cut off. */
  async drain(graceMs: number): Promise<void> {
    if (this.#closed === undefined) {
      this.#closed = once(this.#front, "close");
      this.#front.close();
      setTimeout(() => {
        for (const socket of this.#undecided) socket.destroy();
      }, SILENCE_IN_DRAIN_MS).unref();
      for (const connection of this.#connections) connection.retire();
    }
    const patience = setTimeout(() => this.#cut(), graceMs);
    await this.#closed;
    clearTimeout(patience);
  }

  #cut(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  #track(socket: Socket): void {
    this.#sockets.add(socket);
    socket.once("close", () => this.#sockets.delete(socket));
  }

  #onHttp2(socket: Socket): void {
    // Node makes the session at once.
    this.#http2.once("session", (session) => this.#onSession(session, socket));
    this.#http2.emit("connection", socket);
  }

  #onSession(session: ServerHttp2Session, socket: Socket): void {
    const peer = peerOf(socket);
    const connection = new Http2Connection(session, socket, this.options.limits);
    this.#connections.add(connection);
    socket.once("close", () => this.#connections.delete(connection));
    connection.serve((stream, headers) => this.handlers.onStream(stream, headers, peer));
    if (this.#closed !== undefined) connection.retire();
  }

  #onRequest(request: IncomingMessage, response: ServerResponse): void {
    if (this.#closed !== undefined || this.#isAged(request.socket)) response.shouldKeepAlive = false;
    response.once("close", () => {
      // Idle now, and no longer wanted. Node closes only those that were idle when the drain began.
      if (this.#closed !== undefined) setImmediate(() => this.#front.closeIdleConnections());
    });
    this.handlers.onRequest(request, response, peerOf(request.socket));
  }

  #isAged(socket: Socket): boolean {
    const { connectionAgeMs } = this.options.limits;
    const now = performance.now();
    const since = this.#since.get(socket) ?? now;
    this.#since.set(socket, since);
    return connectionAgeMs > 0 && now - since > connectionAgeMs;
  }
}
