export { briefFault, describeFault } from "./describe-fault.js";
export type { Log } from "./log.js";
export type { Attributes, Span, SpanIds, Tracer } from "./tracer.js";
