import type { Log } from "@countersign/telemetry-ports";
import type { HeaderLookup } from "../peer/loopback.js";
import { isLoopbackUrl, isSentLocally } from "../peer/loopback.js";
import type { Peer } from "../peer/peer.js";
import type { Rpc } from "./call-context.js";
import type { Caller } from "./caller.js";

/** What authentication may use. */
export interface Credentials {
  readonly rpc: Rpc;
  readonly header: HeaderLookup;
  readonly peer: Peer;
  readonly requestId: string;
  /** A log whose lines identify the call. */
  readonly log: Log;
}

/** The caller of a public service. */
export const ANONYMOUS: Caller = { id: "anonymous" };

/** Why there is no caller, for the call's access line and never for the client. */
export interface Unauthenticated {
  /** For example `NO_CREDENTIAL`. */
  readonly refused: string;
  /** Names of the peer's certificate. */
  readonly certificate?: readonly string[] | undefined;
  /** Whom a token names that is valid, and yet no caller's. */
  readonly subject?: string | undefined;
}

type Authenticated = Caller | Unauthenticated | undefined;

/** Returns the caller, or why there is none, or undefined: both refuse the call as UNAUTHENTICATED. A throw refuses it too. */
export type Authenticate = (credentials: Credentials) => Authenticated | Promise<Authenticated>;

/** Counts the call against its caller's limits. Must throw TransportError CALLER_RATE_LIMITED or OVERLOADED to refuse it. */
export type Admit = (caller: Caller, rpc: Rpc) => void | Promise<void>;

/** Must throw TransportError PERMISSION_DENIED for an RPC that the caller may not call. Called after `Admit`, so that denied calls count as well. */
export type Permit = (
  caller: Caller,
  call: Pick<Credentials, "rpc" | "requestId" | "log">,
) => void | Promise<void>;

/** Development only: every process on this machine is the same caller. Other machines, foreign pages and proxied requests are not admitted. */
export function developmentCaller({ header, peer }: Credentials): Caller | undefined {
  const origin = header("origin");
  const host = header(":authority") ?? header("host");
  const isLocal =
    isSentLocally({ address: peer.address, host, header }) && (origin === undefined || isLoopbackUrl(origin));
  return isLocal ? { id: "development" } : undefined;
}
