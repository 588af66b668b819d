/** Fixed words, numbers, and addresses of servers: never content of a request or an answer. */
export type Attributes = Readonly<Record<string, string | number>>;

/** The identity of a span. */
export interface SpanIds {
  /** 32 hex digits. */
  readonly traceId: string;
  /** 16 hex digits. */
  readonly spanId: string;
  /** Whether it is recorded. Children of an unrecorded span need not be traced. */
  readonly sampled: boolean;
}

/** One step of a call's trace. */
export interface Span extends SpanIds {
  set(attributes: Attributes): void;
  /** Links to a span that is neither an ancestor nor a descendant. */
  linkTo(other: SpanIds): void;
  /** `error`: a word from a closed vocabulary. Never a message, because those repeat values. */
  end(error?: string): void;
}

/**
 * The service's tracing port. If tracing is off there is no tracer at all, so that it costs nothing. No method throws or waits, whatever happens to
 * recorded spans.
 */
export interface Tracer {
  /** Opens the span of an incoming call, as a child of its caller's if there is one. */
  receive(call: {
    readonly name: string;
    readonly attributes: Attributes;
    readonly parent: SpanIds | undefined;
  }): Span;
  /** Runs the work of a call: requests to other servers made within it, however late, are children of its span. */
  serve<T>(call: { readonly span: Span; readonly requestId: string }, work: () => T): T;
  /** Opens a span for a request of the running code to another server. Undefined if it would not be recorded. */
  ask(name: string, attributes: Attributes): Span | undefined;
  /** Runs work within a span that `ask` has opened. */
  within<T>(span: Span, work: () => T): T;
  /** The current span. Undefined outside calls. */
  current(): Span | undefined;
  /** Runs a request that serves several calls: a child of the first recorded one, linked with each, and with the attributes added. */
  together<T>(
    served: readonly (Span | undefined)[],
    shared: { readonly attributes: Attributes; readonly work: () => T },
  ): T;
  /** The log fields of the current call. */
  logFields(): object | undefined;
}
