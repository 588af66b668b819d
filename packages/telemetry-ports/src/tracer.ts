/** Words of ours, numbers, and addresses of servers: never anything that a request or an answer holds. */
export type Attributes = Readonly<Record<string, string | number>>;

/** What names a span to others. */
export interface SpanIds {
  /** 32 hex digits. */
  readonly traceId: string;
  /** 16 hex digits. */
  readonly spanId: string;
  /** Whether it is recorded. Nothing below a span that is not needs to be shown. */
  readonly sampled: boolean;
}

/** One step of a call's trace. */
export interface Span extends SpanIds {
  set(attributes: Attributes): void;
  /** Points to another span that is neither above nor below this one. */
  linkTo(other: SpanIds): void;
  /** `error`: what went wrong, in a word of a closed vocabulary. Never a message: those repeat values. */
  end(error?: string): void;
}

/**
 * What the service knows of tracing. Where it is off there is no tracer at all, so that nobody pays for it. No method throws or waits,
 * whatever becomes of what is recorded.
 */
export interface Tracer {
  /** Opens the span of a call that has come in, below its caller's where there is one. */
  receive(call: {
    readonly name: string;
    readonly attributes: Attributes;
    readonly parent: SpanIds | undefined;
  }): Span;
  /** Runs the work of a call: whatever is asked of others within it, however late, is shown below its span. */
  serve<T>(call: { readonly span: Span; readonly requestId: string }, work: () => T): T;
  /** Opens a span for what the running code asks of another server. Undefined where nobody would see it. */
  ask(name: string, attributes: Attributes): Span | undefined;
  /** Runs work for a span that `ask` has opened. */
  within<T>(span: Span, work: () => T): T;
  /** The span that the running code works for. Undefined outside calls. */
  current(): Span | undefined;
  /** Runs what is asked once for several calls: below the first that is recorded, linked with each, and with the attributes added. */
  together<T>(
    served: readonly (Span | undefined)[],
    shared: { readonly attributes: Attributes; readonly work: () => T },
  ): T;
  /** What a log line says of the call that the running code works for. */
  logFields(): object | undefined;
}
