declare module "vitest" {
  /** What the global set-up tells every test file. */
  export interface ProvidedContext {
    readonly configurations: Readonly<Record<ConfigurationName, Configuration>>;
    /** Host and port of a server that is unavailable twice for each user before it answers. */
    readonly unsteadyTarget: string;
  }
}

export type ConfigurationName = "plaintext" | "TLS" | "mTLS and token";

/** A running service, and how a client program gets there. */
export interface Configuration {
  /** Host and port. */
  readonly target: string;
  /** Where codes that were sent can be read. */
  readonly outbox: string;
  /** PEM files, and the file of the caller's token. */
  readonly caFile?: string;
  readonly certFile?: string;
  readonly keyFile?: string;
  readonly tokenFile?: string;
}
