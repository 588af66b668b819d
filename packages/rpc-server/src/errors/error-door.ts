import type { Code } from "@connectrpc/connect";

/** A field of the request and what is wrong with it. Never holds the value. */
export interface FieldViolation {
  /** Path in proto form, for example `context.ip_address`. */
  readonly field: string;
  readonly description: string;
}

/** An error that is sent unchanged. Everything but the cause is shown to the caller. */
export interface KnownError {
  readonly code: Code;
  /** From the closed list that clients branch on. */
  readonly reason: string;
  readonly message: string;
  /** Facts for a program, lower camel case keys; `limit` names the limit that was met. */
  readonly metadata: Readonly<Record<string, string>>;
  readonly violations: readonly FieldViolation[];
  /** How long the caller should wait before a retry, in milliseconds. */
  readonly retryAfterMs: number | undefined;
  /** Logged, never sent. */
  readonly cause?: unknown;
}

/** A page for whoever meets an error, as google.rpc.Help links it. */
export interface HelpLink {
  /** What the page tells, in a few words. */
  readonly description: string;
  /** Its whole address. */
  readonly url: string;
}

/** How the service defines the form of its errors. */
export interface ErrorDoor {
  /** The `domain` of every google.rpc.ErrorInfo. */
  readonly domain: string;
  /**
   * The page about a reason, the transport's own included. It goes out with every error, and with gRPC in a header, so it is short. Without
   * it errors link nothing. Must not throw.
   */
  readonly helpFor?: (reason: string) => HelpLink;
  /**
   * The error for a value thrown by the service. Undefined for any other value: unless it is a TransportError, it is sent as INTERNAL without
   * details, and logged as a fault. So is one with the code `Internal`. Must not throw.
   */
  recognize(thrown: unknown): KnownError | undefined;
}
