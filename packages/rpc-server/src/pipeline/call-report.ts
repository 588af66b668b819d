import { Code } from "@connectrpc/connect";
import type { Log } from "@countersign/telemetry-ports";
import type { Peer } from "../peer/peer.js";
import type { Unauthenticated } from "./authenticate.js";
import { type CallFacts, type Rpc, rpcName } from "./call-context.js";
import type { CallIds } from "./call-ids.js";
import type { Caller } from "./caller.js";

export type Protocol = "grpc" | "grpc-web" | "connect";

/** The result of a call. `code` is undefined for OK. */
export interface CallReport {
  readonly rpc: Rpc;
  readonly protocol: Protocol;
  readonly ids: CallIds;
  readonly peer: Peer;
  readonly caller: Caller | undefined;
  readonly code: Code | undefined;
  readonly reason: string | undefined;
  /** Why the call has no caller, if a credential was checked. */
  readonly unauthenticated: Unauthenticated | undefined;
  /** Which limit refused the call. */
  readonly limit: string | undefined;
  /** What the handler said of the call. */
  readonly facts: CallFacts | undefined;
  readonly durationMs: number;
}

/** Counts calls; must not throw. */
export interface CallObserver {
  started(rpc: Rpc): void;
  finished(report: CallReport): void;
}

/** Writes the access line of a call. Its fields are an allow-list and the facts of the handler, never content of the request or answer. */
export function writeAccessLine(log: Log, report: CallReport): void {
  log.info(
    {
      ...report.facts,
      request_id: report.ids.request_id,
      trace_id: report.ids.trace_id,
      span_id: report.ids.span_id,
      rpc: rpcName(report.rpc),
      protocol: report.protocol,
      caller: report.caller?.id,
      peer: report.peer.address,
      code: report.code === undefined ? "OK" : Code[report.code],
      reason: report.reason,
      refused: report.unauthenticated?.refused,
      certificate: report.unauthenticated?.certificate,
      subject: report.unauthenticated?.subject,
      duration_ms: Math.round(report.durationMs * 1_000) / 1_000,
    },
    "call",
  );
}
