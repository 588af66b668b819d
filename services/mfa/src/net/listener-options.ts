/** Guards against slow, idle and many clients. Times in milliseconds. */
export interface ConnectionLimits {
  /** For a TLS handshake, for a new connection to show which HTTP it speaks, and for the settings of HTTP/2. */
  readonly sniffTimeoutMs: number;
  /** For all headers of an HTTP/1.1 request. */
  readonly headersTimeoutMs: number;
  /** For a whole HTTP/1.1 request. */
  readonly requestTimeoutMs: number;
  /** For an idle HTTP/1.1 connection; longer than load balancers keep theirs. */
  readonly keepAliveTimeoutMs: number;
  /** Connections beyond this many are closed at once. */
  readonly maxConnections: number;
  /** Calls in flight on one HTTP/2 connection. */
  readonly maxStreamsPerConnection: number;
  /** Age at which a connection is asked to end, so that clients spread over new replicas; ±10 %. 0 means never. */
  readonly connectionAgeMs: number;
  /** How long an aged connection may finish its calls; more than the longest deadline. */
  readonly connectionAgeGraceMs: number;
}

export const DEFAULT_LIMITS: ConnectionLimits = {
  sniffTimeoutMs: 10_000,
  headersTimeoutMs: 10_000,
  requestTimeoutMs: 30_000,
  keepAliveTimeoutMs: 65_000,
  maxConnections: 10_000,
  maxStreamsPerConnection: 1_000,
  connectionAgeMs: 300_000,
  connectionAgeGraceMs: 35_000,
};

/** Certificates and keys in PEM. */
export interface TlsMaterial {
  readonly cert: string | Buffer;
  readonly key: string | Buffer;
  /** Authority of client certificates. Without it none is asked for. */
  readonly clientCa?: string | Buffer;
  /** With a clientCa: refuse clients without a certificate of it. Otherwise they come in as unnamed peers. */
  readonly requireClientCert?: boolean;
}

export interface ListenAddress {
  readonly host: string;
  /** 0 takes a free port. */
  readonly port: number;
}
