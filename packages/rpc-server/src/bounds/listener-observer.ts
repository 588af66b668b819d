/** Why the server closed a connection, or refused a new one. */
export const CONNECTION_ENDS = [
  /** Refused: every connection has an authenticated caller. */
  "refused",
  /** Closed for a newer one: MAX_CONNECTIONS was reached. */
  "evicted",
  /** Closed for a newer one of the same peer address: MAX_CONNECTIONS_PER_PEER was reached. */
  "evicted_peer",
  /** Its peer address has never authenticated and connects or calls too fast: MAX_ANONYMOUS_RATE_PER_PEER was reached. */
  "rate_peer",
  /** No call for the idle time, and no authenticated caller. */
  "idle",
  /** A keepalive PING was not answered in time. */
  "ping_timeout",
  /** It stayed open after its HTTP/2 session had ended. */
  "lingering",
  /** Its client did not read answers in time. */
  "write_timeout",
] as const;

/** Why the server reset a stream or refused a request. */
export const STREAM_REFUSALS = [
  /** MAX_STREAMS was reached by calls of authenticated callers. */
  "process",
  /** Without an authenticated caller, and ended for a newer one: too many of these, or too many in all. */
  "anonymous",
  /** The same, for one peer address. */
  "anonymous_peer",
  /** The headers are larger than 16 KiB. */
  "header_bytes",
  /** The client did not read the answer in time. */
  "write_timeout",
] as const;

export type ConnectionEnd = (typeof CONNECTION_ENDS)[number];
export type StreamRefusal = (typeof STREAM_REFUSALS)[number];

/** Counts what the listener refuses. Must not throw. */
export interface ListenerObserver {
  connectionEnded(reason: ConnectionEnd): void;
  streamRefused(reason: StreamRefusal): void;
}

export const UNOBSERVED_LISTENER: ListenerObserver = {
  connectionEnded: () => undefined,
  streamRefused: () => undefined,
};
