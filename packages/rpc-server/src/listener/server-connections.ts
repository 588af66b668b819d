import type { Socket } from "node:net";
import { ConnectionRegister } from "../bounds/connection-register.js";
import type { ListenerObserver } from "../bounds/listener-observer.js";
import { type ConnectionEvents, OpenConnection } from "../bounds/open-connection.js";
import { PeerRateLimit } from "../bounds/peer-rate-limit.js";
import { StreamPlaces } from "../bounds/stream-places.js";
import { Http2Connection } from "../http2/http2-connection.js";
import type { ConnectionLimits } from "../limits/limits.js";
import { peerGroup } from "../peer/peer-group.js";

/** What is currently open. */
export interface ServerLoad {
  /** Connections of every kind, including those whose protocol is not yet known. */
  readonly connections: number;
  /** HTTP/2 connections. */
  readonly sessions: number;
  /** Calls under way on HTTP/2 connections. */
  readonly streams: number;
}

/** How often connections are checked, and the least such interval. In milliseconds. */
const CHECK_MS = 1_000;
const SHORTEST_CHECK_MS = 10;

/** The connections of one port. Its limits apply from their acceptance. */
export class ServerConnections {
  readonly places: StreamPlaces;
  readonly #register: ConnectionRegister;
  readonly #rate: PeerRateLimit;
  readonly #byRemoteEnd = new Map<string, OpenConnection>();
  readonly #bySocket = new WeakMap<Socket, OpenConnection>();
  readonly #events: ConnectionEvents = {
    authenticated: (connection) => {
      this.#register.authenticated(connection);
      this.#rate.authenticated(connection.peerGroup);
    },
    anonymousCall: (connection) => {
      if (this.#rate.take(connection.peerGroup)) return;
      this.observer.connectionEnded("rate_peer");
      this.#register.remove(connection);
      connection.cut();
    },
  };
  #timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly limits: ConnectionLimits,
    private readonly observer: ListenerObserver,
  ) {
    this.places = new StreamPlaces(limits, observer);
    this.#register = new ConnectionRegister(limits, observer);
    this.#rate = new PeerRateLimit(limits.maxAnonymousRatePerPeer);
  }

  get load(): ServerLoad {
    let [sessions, streams] = [0, 0];
    for (const { conversation } of this.#register.all) {
      if (!(conversation instanceof Http2Connection)) continue;
      sessions += 1;
      streams += conversation.openStreams;
    }
    return { connections: this.#register.all.size, sessions, streams };
  }

  /** Registers a connection that was just accepted, or closes it and returns false: there is no room, or its peer connects too fast. */
  accept(socket: Socket): boolean {
    const peer = peerGroup(socket.remoteAddress ?? "unknown");
    if (!this.#rate.take(peer)) {
      this.observer.connectionEnded("rate_peer");
      // A reset leaves nothing behind: no kernel state, no answer to wait for.
      socket.resetAndDestroy();
      return false;
    }
    const connection = new OpenConnection(socket, peer, this.#events);
    if (!this.#register.admit(connection)) {
      socket.destroy();
      return false;
    }
    const end = remoteEnd(socket);
    this.#byRemoteEnd.set(end, connection);
    socket.once("close", () => {
      this.#register.remove(connection);
      if (this.#byRemoteEnd.get(end) === connection) this.#byRemoteEnd.delete(end);
    });
    return true;
  }

  /** The connection of a socket, which may be the TLS socket over the one that was accepted. Undefined once that has closed. */
  of(socket: Socket): OpenConnection | undefined {
    const known = this.#bySocket.get(socket) ?? this.#byRemoteEnd.get(remoteEnd(socket));
    if (known !== undefined) this.#bySocket.set(socket, known);
    return known;
  }

  startChecks(): void {
    this.#timer = setInterval(() => this.#check(), checkInterval(this.limits)).unref();
  }

  stopChecks(): void {
    clearInterval(this.#timer);
  }

  /** Ends each connection with its next request. */
  leaveAll(): void {
    for (const { conversation } of this.#register.all) conversation?.leave();
  }

  /** Ends each connection as soon as its calls are over. */
  retireAll(): void {
    for (const { conversation } of this.#register.all) conversation?.retire();
  }

  cutAll(): void {
    for (const connection of this.#register.all) connection.cut();
  }

  #check(): void {
    const now = performance.now();
    for (const connection of this.#register.all) connection.check(now);
  }
}

/** Identifies an open connection of one port. */
function remoteEnd({ remoteAddress, remotePort }: Socket): string {
  return `${remoteAddress}|${remotePort}`;
}

/** A quarter of the shortest limit, so that none is exceeded by much; a second with the usual limits. */
function checkInterval(limits: ConnectionLimits): number {
  const { sniffTimeoutMs, idleTimeoutMs, pingTimeoutMs, writeTimeoutMs, closeGraceMs } = limits;
  const times = [
    sniffTimeoutMs,
    idleTimeoutMs,
    pingTimeoutMs,
    writeTimeoutMs,
    closeGraceMs,
    limits.connectionAgeGraceMs,
  ];
  return Math.max(SHORTEST_CHECK_MS, Math.min(CHECK_MS, ...times.map((ms) => ms / 4)));
}
