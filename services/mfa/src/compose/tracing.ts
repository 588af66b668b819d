import type { Log, Tracer } from "@countersign/telemetry-ports";
import { readSourceFile } from "../config/read-source-file.js";
import type { TracingConfig } from "../telemetry/opentelemetry/tracing-config.js";
import type { Closer } from "./closer.js";

interface TracingParts {
  readonly spans: { readonly ended: () => void; readonly exported: (spans: number) => void };
  readonly log: Log;
  readonly closer: Closer;
}

/** An unavailable collector fails every few seconds; log it less often. */
const COMPLAINT_INTERVAL_MS = 60_000;

/** Undefined if tracing is off: then nothing of OpenTelemetry is loaded. Throws ConfigurationError for certificates that cannot be read. */
export async function openTracing(
  config: TracingConfig | undefined,
  { spans, log, closer }: TracingParts,
): Promise<Tracer | undefined> {
  if (config === undefined) return undefined;
  const { openTracer } = await import("../telemetry/opentelemetry/open-tracer.js");
  const opened = openTracer(config, readTls(config.tls), { ...spans, lost: complaints(log) });
  closer.own(opened);
  return opened.tracer;
}

const VARIABLES = { ca: "CERTIFICATE", cert: "CLIENT_CERTIFICATE", key: "CLIENT_KEY" } as const;

function readTls(paths: TracingConfig["tls"]): { ca?: string; cert?: string; key?: string } {
  const pem: { ca?: string; cert?: string; key?: string } = {};
  for (const what of ["ca", "cert", "key"] as const) {
    const path = paths[what];
    if (path !== undefined) pem[what] = readSourceFile(`OTEL_EXPORTER_OTLP_${VARIABLES[what]}`, path);
  }
  return pem;
}

function complaints(log: Log): (spans: number, reason: string) => void {
  let quietUntil = Number.NEGATIVE_INFINITY;
  let lost = 0;
  return (spans, reason) => {
    lost += spans;
    const now = performance.now();
    if (now < quietUntil) return;
    log.warn({ spans: lost, reason }, "exporting spans failed");
    quietUntil = now + COMPLAINT_INTERVAL_MS;
    lost = 0;
  };
}
