import { Code } from "@connectrpc/connect";
import { briefFault, describeFault, type Log, type Span } from "@countersign/telemetry-ports";
import type { RpcError } from "../errors/rpc-error.js";
import { TransportError } from "../errors/transport-error.js";
import type { HeaderLookup } from "../peer/loopback.js";
import type { Peer } from "../peer/peer.js";
import { ANONYMOUS, type Unauthenticated } from "./authenticate.js";
import { type CallContext, type CallFacts, type ReplyMetadata, type Rpc, rpcName } from "./call-context.js";
import { type CallIds, callIds } from "./call-ids.js";
import type { CallReport } from "./call-report.js";
import type { Caller } from "./caller.js";
import type { IncomingCall } from "./incoming-call.js";
import type { PipelineDeps } from "./pipeline-deps.js";
import { REQUEST_ID_HEADER, requestIdFrom } from "./request-id.js";

/** The outcome of a call. A canceled call has no client left to answer. */
export type Outcome<T> =
  | { readonly kind: "answered"; readonly payload: T }
  | { readonly kind: "failed"; readonly error: RpcError }
  | { readonly kind: "canceled" };

/** Node fires a timer immediately if its delay does not fit in 31 bits; a stream that long needs none. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** One call from its headers to its outcome: owns its deadline, its abort signal and its count among the calls in flight. */
export class Call<T> implements CallContext {
  readonly requestId: string;
  readonly deadline: number;
  readonly #listeners: ((outcome: Outcome<T>) => void)[] = [];
  #settled: Outcome<T> | undefined;
  #caller: Caller | undefined;
  #unauthenticated: Unauthenticated | undefined;
  #entered = false;
  #entering: Promise<void> | undefined;
  #judged = false;
  #abort: AbortController | undefined;
  #log: Log | undefined;
  #ids: CallIds | undefined;
  #replied: ReplyMetadata | undefined;
  #facts: CallFacts | undefined;
  readonly #span: Span | undefined;
  readonly #startedAt: number;
  readonly #timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly deps: PipelineDeps,
    private readonly incoming: IncomingCall,
  ) {
    this.requestId = requestIdFrom(incoming.header(REQUEST_ID_HEADER));
    this.#startedAt = deps.clock();
    const allowedMs = timeAllowed(deps, incoming);
    this.deadline = this.#startedAt + allowedMs;
    if (allowedMs <= LONGEST_TIMER_MS) this.#timer = setTimeout(() => this.#expire(), Math.ceil(allowedMs));
    deps.inFlight.add();
    deps.observer.started(incoming.rpc);
    this.#span = deps.spans?.open(incoming);
  }

  get rpc(): Rpc {
    return this.incoming.rpc;
  }

  get peer(): Peer {
    return this.incoming.peer;
  }

  get header(): HeaderLookup {
    return this.incoming.header;
  }

  get caller(): Caller {
    if (this.#caller === undefined || !this.#entered) throw new Error("the call has not been let in");
    return this.#caller;
  }

  get timeLeftMs(): number {
    return this.deadline - this.deps.clock();
  }

  /** Whether a valid credential has identified the caller. False for a public service, which needs none. */
  get isAuthenticated(): boolean {
    return this.#caller !== undefined && this.#caller !== ANONYMOUS;
  }

  get signal(): AbortSignal {
    return this.#controller().signal;
  }

  get log(): Log {
    this.#log ??= this.deps.log.child({ ...this.#named(), rpc: rpcName(this.rpc) });
    return this.#log;
  }

  get reply(): ReplyMetadata {
    this.#replied ??= { headers: new Headers(), trailers: new Headers() };
    return this.#replied;
  }

  tell(facts: CallFacts): void {
    this.#facts = this.#facts === undefined ? facts : { ...this.#facts, ...facts };
  }

  /** Headers that the handler has added; most add none. */
  get replied(): ReplyMetadata | undefined {
    return this.#replied;
  }

  /** The outcome, once there is one: from the work, the deadline, a refusal or a disconnect, whichever comes first. */
  get settled(): Outcome<T> | undefined {
    return this.#settled;
  }

  /** Called with the outcome as soon as there is one. Must not throw. */
  onSettled(listener: (outcome: Outcome<T>) => void): void {
    if (this.#settled === undefined) this.#listeners.push(listener);
    else listener(this.#settled);
  }

  /**
   * Authenticates the caller, counts the call against its limits and checks its permission. Throws to refuse. The default is to refuse. Runs once,
   * however often it is called.
   */
  enter(): Promise<void> {
    this.#entering ??= this.#inSpan(() => this.#enter());
    return this.#entering;
  }

  /** Admits the call, does its work and settles its outcome. Work that outlives the deadline finishes by itself. Never rejects. */
  run(work: (call: CallContext) => Promise<T>): Promise<void> {
    return this.#inSpan(() => this.#run(work));
  }

  succeed(payload: T): void {
    this.#settle({ kind: "answered", payload });
  }

  /** Settles with an error, unless settled. A fault is logged even if the client is gone. */
  fail(thrown: unknown): void {
    this.#logFault(thrown);
    this.#settle({ kind: "failed", error: this.describe(thrown) });
  }

  /** The error that is sent for a thrown value. */
  describe(thrown: unknown): RpcError {
    return this.deps.describe(thrown, this.requestId);
  }

  /** The client disconnected; no effect on a call that has ended. */
  cancel(): void {
    if (this.#settled !== undefined) return;
    this.#settle({ kind: "canceled" });
    this.#abort?.abort();
  }

  /** Asks a stream to end by itself. */
  end(): void {
    this.#controller().abort();
  }

  /** A call without a span costs no extra promise. */
  #inSpan<R>(work: () => Promise<R>): Promise<R> {
    const span = this.#span;
    const { spans } = this.deps;
    return span === undefined || spans === undefined ? work() : spans.serve(span, this.requestId, work);
  }

  async #run(work: (call: CallContext) => Promise<T>): Promise<void> {
    this.deps.inFlight.add();
    try {
      this.#entering ??= this.#enter();
      if (!this.#entered) await this.#entering;
      if (this.#settled === undefined) this.succeed(await work(this));
    } catch (thrown) {
      this.fail(thrown);
    } finally {
      this.deps.inFlight.remove();
    }
  }

  async #enter(): Promise<void> {
    const { deps, rpc } = this;
    if (this.incoming.timeout === "malformed") {
      throw new TransportError("MALFORMED_REQUEST", "the timeout header is malformed");
    }
    const authenticated = deps.authenticate(this);
    // A result that is known synchronously is not awaited: each await costs, and most calls need none.
    const caller = authenticated instanceof Promise ? await authenticated : authenticated;
    if (caller === undefined || "refused" in caller) {
      this.#unauthenticated = caller;
      throw new TransportError("UNAUTHENTICATED", "no valid caller credential");
    }
    this.#caller = caller;
    this.#judge(caller !== ANONYMOUS);
    const admitted = deps.admit(caller, rpc);
    if (admitted instanceof Promise) await admitted;
    const permitted = deps.permit(caller, this);
    if (permitted instanceof Promise) await permitted;
    this.#entered = true;
  }

  #judge(authenticated: boolean): void {
    if (this.#judged) return;
    this.#judged = true;
    this.incoming.onJudged?.(authenticated);
  }

  #named(): CallIds {
    this.#ids ??= callIds(this.requestId, this.#span, this.header);
    return this.#ids;
  }

  #expire(): void {
    const late = new TransportError("DEADLINE_EXCEEDED", "the deadline passed");
    this.fail(late);
    this.#abort?.abort(late);
  }

  #controller(): AbortController {
    if (this.#abort === undefined) {
      this.#abort = new AbortController();
      if (this.#settled !== undefined) this.#abort.abort();
    }
    return this.#abort;
  }

  #settle(outcome: Outcome<T>): void {
    if (this.#settled !== undefined) return;
    this.#settled = outcome;
    this.#judge(false);
    clearTimeout(this.#timer);
    this.#report(outcome);
    this.deps.inFlight.remove();
    for (const listener of this.#listeners) listener(outcome);
  }

  #report(outcome: Outcome<T>): void {
    const error = outcome.kind === "failed" ? outcome.error : undefined;
    const report: CallReport = {
      rpc: this.rpc,
      protocol: this.incoming.protocol,
      ids: this.#named(),
      peer: this.peer,
      caller: this.#caller,
      code: outcome.kind === "canceled" ? Code.Canceled : error?.code,
      reason: error?.reason,
      unauthenticated: this.#unauthenticated,
      limit: error?.limit,
      facts: this.#facts,
      durationMs: this.deps.clock() - this.#startedAt,
    };
    this.deps.observer.finished(report);
    if (this.#span !== undefined) this.deps.spans?.close(this.#span, report);
  }

  #logFault(thrown: unknown): void {
    const known = this.deps.recognize(thrown);
    if (known === undefined || known.code === Code.Internal) {
      this.log.error({ error: describeFault(thrown) }, "the call failed unexpectedly");
    } else if (known.cause !== undefined) {
      const { reason, cause } = known;
      const brief = briefFault(cause);
      const isNews =
        known.code !== Code.Unavailable || this.deps.isNews(`${reason} ${brief.code ?? brief.message}`);
      if (isNews) this.log.warn({ reason, error: brief }, "the call could not be answered");
      this.log.debug({ reason, error: describeFault(cause) }, "the call could not be answered");
    }
  }
}

/** A stream may last as long as its client wants; a unary call has the requested deadline up to the maximum, or the default. */
function timeAllowed({ deadlines }: PipelineDeps, { timeout, streaming }: IncomingCall): number {
  const asked = timeout === "malformed" ? undefined : timeout;
  if (streaming) return asked ?? Number.POSITIVE_INFINITY;
  return Math.min(asked ?? deadlines.defaultMs, deadlines.maxMs);
}
