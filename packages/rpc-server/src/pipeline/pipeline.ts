import type { Log, Tracer } from "@countersign/telemetry-ports";
import type { ErrorDoor } from "../errors/error-door.js";
import { type DescribeError, describeThrough, recognizeThrough } from "../errors/rpc-error.js";
import { AnonymousLines, DEFAULT_LINE_LIMITS, type LineLimits } from "./anonymous-lines.js";
import { type Admit, ANONYMOUS, type Authenticate, type Permit } from "./authenticate.js";
import { Call } from "./call.js";
import { rpcName } from "./call-context.js";
import { type CallObserver, type CallReport, writeAccessLine } from "./call-report.js";
import { callSpans } from "./call-span.js";
import { InFlight } from "./in-flight.js";
import type { IncomingCall } from "./incoming-call.js";
import type { PipelineDeps } from "./pipeline-deps.js";
import { createSparseLines } from "./sparse-lines.js";

const DEFAULT_DEADLINES = { defaultMs: 10_000, maxMs: 30_000 };

/** The steps around every call, for all protocols: caller, limits, deadline, error form, metrics and access log. */
export interface Pipeline {
  readonly log: Log;
  /** The error that is sent for any thrown value. */
  readonly describe: DescribeError;
  /** Opens a call when its headers have arrived. */
  begin<T>(incoming: IncomingCall): Call<T>;
  /** Ends the open streams, and each that begins later, so that a drain need not wait for watching clients. They watch again as soon as one ends. */
  endStreams(): void;
  /** Resolves when no handler runs any more, including those whose client has cancelled. */
  idle(): Promise<void>;
}

export interface PipelineOptions {
  readonly authenticate: Authenticate;
  /** Full names of services that need no credential: load balancers check health without one. */
  readonly publicServices?: ReadonlySet<string>;
  /** Full names of RPCs of those services that still need one. */
  readonly callersOnly?: ReadonlySet<string>;
  readonly admit?: Admit;
  readonly permit?: Permit;
  readonly observer?: CallObserver;
  readonly tracer?: Tracer | undefined;
  /** How errors of the service are sent. */
  readonly errors: ErrorDoor;
  /** Overrides the error door, for a service with its own error form. */
  readonly describe?: DescribeError;
  readonly log: Log;
  readonly clock?: () => number;
  readonly deadlines?: PipelineDeps["deadlines"];
  /** Limit of access lines of calls without an authenticated caller. */
  readonly anonymousLines?: LineLimits;
  /** Called for each such line that is omitted. Must not throw. */
  readonly onLineSuppressed?: () => void;
}

export function createPipeline(options: PipelineOptions): Pipeline {
  const inFlight = new InFlight();
  const streams = new Set<Call<unknown>>();
  let streamsEnd = false;
  const { tracer, publicServices = new Set<string>(), clock = () => performance.now() } = options;
  const describe = options.describe ?? describeThrough(options.errors);
  const deps: PipelineDeps = {
    ...bypassPublicServices(publicServices, options),
    admit: options.admit ?? (() => undefined),
    observer: logging(options),
    spans: tracer === undefined ? undefined : callSpans(tracer, publicServices),
    describe,
    recognize: recognizeThrough(options.errors),
    log: options.log,
    clock,
    isNews: createSparseLines(clock),
    deadlines: options.deadlines ?? DEFAULT_DEADLINES,
    inFlight,
  };
  return {
    log: options.log,
    describe,
    begin<T>(incoming: IncomingCall): Call<T> {
      const call = new Call<T>(deps, incoming);
      if (incoming.streaming) {
        streams.add(call as Call<unknown>);
        call.onSettled(() => streams.delete(call as Call<unknown>));
        if (streamsEnd) call.end();
      }
      return call;
    },
    endStreams() {
      streamsEnd = true;
      for (const call of streams) call.end();
    },
    idle: () => inFlight.idle(),
  };
}

/** Public services check neither caller nor permission; their RPCs for callers only check the caller. */
function bypassPublicServices(
  publicServices: ReadonlySet<string>,
  { authenticate, permit, callersOnly = new Set<string>() }: PipelineOptions,
): Pick<PipelineDeps, "authenticate" | "permit"> {
  return {
    authenticate: (credentials) =>
      publicServices.has(credentials.rpc.service) && !callersOnly.has(rpcName(credentials.rpc))
        ? ANONYMOUS
        : authenticate(credentials),
    permit: (caller, call) => (publicServices.has(call.rpc.service) ? undefined : permit?.(caller, call)),
  };
}

function logging({ observer, log, clock, anonymousLines, onLineSuppressed }: PipelineOptions): CallObserver {
  const lines = new AnonymousLines({
    log,
    clock: clock ?? (() => performance.now()),
    limits: anonymousLines ?? DEFAULT_LINE_LIMITS,
    onSuppressed: onLineSuppressed ?? (() => undefined),
  });
  return {
    started: (rpc) => observer?.started(rpc),
    finished: (report: CallReport) => {
      observer?.finished(report);
      const { caller, peer } = report;
      const anonymous = caller === undefined || caller === ANONYMOUS;
      if (!anonymous || lines.allow(peer.address)) writeAccessLine(log, report);
    },
  };
}
