import type { Log } from "@countersign/telemetry-ports";
import type { Peer } from "../peer/peer.js";
import type { Caller } from "./caller.js";

/** One RPC by its full name, for example `countersign.mfa.v1.MfaService` and `VerifyCode`. */
export interface Rpc {
  readonly service: string;
  readonly method: string;
}

/** As logs, traces, the callers file and the audit log name it, for example `countersign.mfa.v1.MfaService/VerifyCode`. */
export function rpcName({ service, method }: Rpc): string {
  return `${service}/${method}`;
}

/** What a handler sends beside its answer, whether it succeeds or fails. Never the names that belong to a protocol. */
export interface ReplyMetadata {
  readonly headers: Headers;
  readonly trailers: Headers;
}

/** What a handler may know of the call beside its request. */
export interface CallContext {
  readonly rpc: Rpc;
  readonly caller: Caller;
  /** The caller's x-request-id, or one of ours; also in the response, the log and every error. */
  readonly requestId: string;
  readonly peer: Peer;
  /**
   * Aborts when the deadline passes or the client goes away. A handler may stop before it has spent anything;
   * once a code or an attempt is spent it must finish its writes.
   */
  readonly signal: AbortSignal;
  /** When the answer is due, in milliseconds of the pipeline's monotonic clock. */
  readonly deadline: number;
  /** Milliseconds until then; less than 0 once it has passed. */
  readonly timeLeftMs: number;
  readonly log: Log;
  readonly reply: ReplyMetadata;
}
