import type { Log } from "@countersign/telemetry-ports";
import type { Peer } from "../peer/peer.js";
import type { Caller } from "./caller.js";

/** One RPC by its full name, for example `countersign.mfa.v1.MfaService` and `VerifyCode`. */
export interface Rpc {
  readonly service: string;
  readonly method: string;
}

/** Its name in logs, traces, the callers file and the audit log, for example `countersign.mfa.v1.MfaService/VerifyCode`. */
export function rpcName({ service, method }: Rpc): string {
  return `${service}/${method}`;
}

/** What a handler adds to the access line. Never content of the request or answer: only fixed words, numbers and pseudonyms. */
export type CallFacts = Readonly<Record<string, string | number | boolean | undefined>>;

/** Headers that a handler sends with its answer or error. Never names that belong to a protocol. */
export interface ReplyMetadata {
  readonly headers: Headers;
  readonly trailers: Headers;
}

/** The context of a call, beside its request. */
export interface CallContext {
  readonly rpc: Rpc;
  readonly caller: Caller;
  /** The caller's x-request-id, or a generated one; also in the response, the log and every error. */
  readonly requestId: string;
  readonly peer: Peer;
  /**
   * Aborts when the deadline passes or the client disconnects. A handler may stop before it has spent anything; once a code or an attempt is spent,
   * it must finish its writes.
   */
  readonly signal: AbortSignal;
  /** The deadline, in milliseconds of the pipeline's monotonic clock. */
  readonly deadline: number;
  /** Milliseconds until the deadline; negative once it has passed. */
  readonly timeLeftMs: number;
  readonly log: Log;
  readonly reply: ReplyMetadata;
  /** Adds to the call's access line. What is said twice holds as it was said last; once the line is written nothing is added. */
  tell(facts: CallFacts): void;
}
