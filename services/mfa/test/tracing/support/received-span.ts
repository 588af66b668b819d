/** A span as a collector gets it, whichever encoding brought it. */
export interface ReceivedSpan {
  readonly traceId: string;
  readonly spanId: string;
  /** "" at the root of a trace. */
  readonly parentSpanId: string;
  readonly traceState: string;
  readonly name: string;
  readonly kind: "SERVER" | "CLIENT" | "OTHER";
  readonly attributes: Readonly<Record<string, string | number>>;
  /** Span ids that it points to. */
  readonly links: readonly string[];
  readonly events: number;
  readonly failed: boolean;
  readonly statusMessage: string;
  readonly resource: Readonly<Record<string, string | number>>;
}

export function kindOf(kind: number): ReceivedSpan["kind"] {
  return kind === 2 ? "SERVER" : kind === 3 ? "CLIENT" : "OTHER";
}
