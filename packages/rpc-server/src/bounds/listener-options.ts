/** Of one request: as much as Node accepts on HTTP/1.1. */
export const MAX_HEADER_BYTES = 16 * 1024;

/** Certificates and keys in PEM. */
export interface TlsMaterial {
  readonly cert: string | Buffer;
  readonly key: string | Buffer;
  /** Certificate authority of client certificates. Without it none is requested. */
  readonly clientCa?: string | Buffer;
  /** With a clientCa: refuse clients without a certificate of it. Otherwise they are admitted as unnamed peers. */
  readonly requireClientCert?: boolean;
}

export interface ListenAddress {
  readonly host: string;
  /** 0 picks a free port. */
  readonly port: number;
}
