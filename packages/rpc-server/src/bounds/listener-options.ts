/** Of one request: as much as Node takes on HTTP/1.1. */
export const MAX_HEADER_BYTES = 16 * 1024;

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
