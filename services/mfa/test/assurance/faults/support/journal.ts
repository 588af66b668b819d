import { Code, ConnectError } from "@connectrpc/connect";
import { reasonOf } from "@countersign/client";
import { CLOCK_FAULT } from "./fault.js";
import type { Timeline } from "./timeline.js";

/** One call as its caller saw it. */
export interface Call {
  readonly rpc: string;
  /** Undefined where the client chose among the replicas. */
  readonly replica: number | undefined;
  readonly from: number;
  readonly to: number;
  /** Undefined: it was answered. Else the reason of the error, or one of the words below. */
  readonly failure: string | undefined;
}

/** The connection broke or was never made, so that the call has no answer of the service's. */
const CONNECTION = "connection";
/** The client's own deadline passed. */
const CLIENT_DEADLINE = "client deadline";

/** This replica's clock is wrong: the others answer. */
const CLOCK_SKEWED = "CLOCK_SKEWED";

/** Failures that any call may meet while a fault is in force, by docs/integrating.md. */
const OF_FAULTS: ReadonlySet<string> = new Set([
  "STORE_UNAVAILABLE",
  "DEADLINE_EXCEEDED",
  "OVERLOADED",
  "DELIVERY_FAILED",
  CLOCK_SKEWED,
  CLIENT_DEADLINE,
  CONNECTION,
]);

/** How long after a fault what it began may still end in a failure: longer than the longest deadline. */
const AFTERMATH_MS = 10_000;

/** Every call of the campaign, and what must not have happened. */
export class Journal {
  readonly calls: Call[] = [];
  readonly violations: string[] = [];
  readonly failures = new Map<string, number>();
  /** Failures long after the last fault: documented, but there was no reason for them. */
  readonly unprovoked: string[] = [];
  readonly #timeline: Timeline;

  constructor(timeline: Timeline) {
    this.#timeline = timeline;
  }

  violation(what: string): void {
    const fault = this.#timeline.intervals.at(-1)?.fault ?? "none";
    this.violations.push(`${what} [newest fault: ${fault}]`);
  }

  answered(call: Omit<Call, "to" | "failure">): void {
    this.calls.push({ ...call, to: performance.now(), failure: undefined });
  }

  /** Answers the failure's name. Whether a reason other than a fault's fits is for the caller to judge. */
  failed(call: Omit<Call, "to" | "failure">, error: unknown): string {
    const failure = failureOf(error);
    const to = performance.now();
    this.calls.push({ ...call, to, failure });
    this.failures.set(failure, (this.failures.get(failure) ?? 0) + 1);
    if (failure === "INTERNAL" || failure === "UNIMPLEMENTED" || failure === "UNAUTHENTICATED")
      this.violation(`${call.rpc} answered ${failure}`);
    if (OF_FAULTS.has(failure)) this.#requireFault(call, { to, failure, error });
    return failure;
  }

  #requireFault(
    { rpc, replica, from }: Omit<Call, "to" | "failure">,
    { to, failure, error }: { readonly to: number; readonly failure: string; readonly error: unknown },
  ): void {
    const faults = this.#timeline.between(from, to, AFTERMATH_MS);
    const what = `${rpc} at replica ${replica ?? "either"}: ${failure}: ${String(error)}`;
    if (faults.length === 0) this.unprovoked.push(what);
    // Stores and providers stand behind the service: only a replica that is gone, or hangs, breaks its callers' connections.
    if (failure === CONNECTION && !faults.some(({ fault }) => fault.startsWith("replica")))
      this.violation(what);
    if (failure === CLOCK_SKEWED && !faults.some(({ fault }) => fault === CLOCK_FAULT)) this.violation(what);
  }
}

/** Whether asking again is of use, by the published rules. */
export function isTransient(failure: string): boolean {
  return OF_FAULTS.has(failure) || failure === "REQUEST_IN_FLIGHT";
}

function failureOf(error: unknown): string {
  const reason = reasonOf(error);
  if (reason !== undefined) return reason;
  return error instanceof ConnectError && error.code === Code.DeadlineExceeded ? CLIENT_DEADLINE : CONNECTION;
}
