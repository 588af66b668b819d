// Imports nothing, so that reading the defaults, as a configuration does, does not load the transport.

/** Limits on slow, idle and many clients. Times in milliseconds. */
export interface ConnectionLimits {
  /** For a TLS handshake, for the detection of the HTTP version, and for the settings of HTTP/2. */
  readonly sniffTimeoutMs: number;
  /** For all headers of an HTTP/1.1 request. */
  readonly headersTimeoutMs: number;
  /** For a whole HTTP/1.1 request. */
  readonly requestTimeoutMs: number;
  /** For an idle HTTP/1.1 connection; longer than load balancers keep theirs. */
  readonly keepAliveTimeoutMs: number;
  /** Connections in all. Beyond them a new one replaces the oldest without an authenticated caller; if there is none, the new one is closed. */
  readonly maxConnections: number;
  /** Connections from one peer address without an authenticated caller. Beyond them a new one replaces the oldest of these. */
  readonly maxConnectionsPerPeer: number;
  /**
   * New connections, and calls without an authenticated caller, per second from one peer address that has never shown a valid credential; bursts may
   * be five times as large. Beyond it new connections are closed immediately, and one that calls is closed. 0 means no limit.
   */
  readonly maxAnonymousRatePerPeer: number;
  /** Calls under way in all. HTTP/2 streams beyond them are refused, which gRPC clients retry. */
  readonly maxStreams: number;
  /** Calls under way without an authenticated caller, in all and from one peer address. Beyond them a new one ends the oldest. */
  readonly maxAnonymousStreams: number;
  readonly maxAnonymousStreamsPerPeer: number;
  /** Calls under way on one HTTP/2 connection, after and before a caller is authenticated on it. */
  readonly maxStreamsPerConnection: number;
  readonly maxAnonymousStreamsPerConnection: number;
  /** For an HTTP/2 connection without a call; then it is closed, or sent a PING if a caller is authenticated on it. */
  readonly idleTimeoutMs: number;
  /** For the answer to a PING. */
  readonly pingTimeoutMs: number;
  /** For a client to read an answer, or any part of it. */
  readonly writeTimeoutMs: number;
  /** How long a socket may stay open after its HTTP/2 session has ended. */
  readonly closeGraceMs: number;
  /** Age at which a connection is gracefully closed, so that clients spread over new replicas; ±10 %. 0 means never. */
  readonly connectionAgeMs: number;
  /** How long calls on an aged connection may take to finish; more than the longest deadline. */
  readonly connectionAgeGraceMs: number;
}

/** They fit a process of 384 MiB, of which the heap has 40 %. */
export const DEFAULT_LIMITS: ConnectionLimits = {
  sniffTimeoutMs: 10_000,
  headersTimeoutMs: 10_000,
  requestTimeoutMs: 30_000,
  keepAliveTimeoutMs: 65_000,
  maxConnections: 4_000,
  maxConnectionsPerPeer: 1_000,
  maxAnonymousRatePerPeer: 50,
  maxStreams: 5_000,
  maxAnonymousStreams: 500,
  maxAnonymousStreamsPerPeer: 250,
  maxStreamsPerConnection: 1_000,
  maxAnonymousStreamsPerConnection: 100,
  idleTimeoutMs: 60_000,
  pingTimeoutMs: 20_000,
  writeTimeoutMs: 10_000,
  closeGraceMs: 2_000,
  connectionAgeMs: 300_000,
  connectionAgeGraceMs: 35_000,
};

/** Health watches: each keeps a call open for minutes. */
export interface WatchLimits {
  /** Watches in this process. */
  readonly max: number;
  /** Watches from one peer address. */
  readonly maxPerPeer: number;
  /** Watches on one connection. */
  readonly maxPerConnection: number;
  /** How long one lasts, in milliseconds: then it ends, and its client watches again. */
  readonly lastsMs: number;
}

export const DEFAULT_WATCH_LIMITS: WatchLimits = {
  max: 100,
  maxPerPeer: 50,
  maxPerConnection: 4,
  lastsMs: 300_000,
};
