import type { EnvironmentReader } from "./environment-reader.js";

/** Where traces go, and which calls are traced. */
export interface TracingConfig {
  /** Takes OTLP over HTTP. */
  readonly url: string;
  readonly encoding: "protobuf" | "json";
  /** Sent with every export; may hold the collector's credential. */
  readonly headers: Readonly<Record<string, string>>;
  /** Files in PEM: authorities of the collector's certificate, and this client's own certificate and key. */
  readonly tls: { readonly ca?: string; readonly cert?: string; readonly key?: string };
  readonly sampler: { readonly name: SamplerName; readonly ratio: number };
  /** What every span says of this process, `service.name` among it. */
  readonly resource: Readonly<Record<string, string>>;
}

const SAMPLERS = [
  "always_on",
  "always_off",
  "traceidratio",
  "parentbased_always_on",
  "parentbased_always_off",
  "parentbased_traceidratio",
] as const;
export type SamplerName = (typeof SAMPLERS)[number];

const PROTOCOLS = ["http/protobuf", "http/json"] as const;
const DEFAULT_ENDPOINT = "http://localhost:4318";
const PATH = "v1/traces";

/**
 * Reads OpenTelemetry's own variables. Undefined: no tracing, which is so unless an endpoint or the exporter is named. What is not read here
 * (time limit, compression, sizes of queues and spans) the OpenTelemetry library reads by itself.
 */
export function readTracingConfig(reader: EnvironmentReader): TracingConfig | undefined {
  const exporter = reader.text("OTEL_TRACES_EXPORTER");
  if (exporter !== undefined && exporter !== "otlp" && exporter !== "none")
    reader.report("OTEL_TRACES_EXPORTER must be otlp or none");
  const disabled = reader.flag("OTEL_SDK_DISABLED", false);
  const own = reader.url("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", ["http:", "https:"]);
  const shared = reader.url("OTEL_EXPORTER_OTLP_ENDPOINT", ["http:", "https:"]);
  const wanted = exporter === undefined ? (own ?? shared) !== undefined : exporter === "otlp";
  if (disabled || !wanted) return undefined;
  return {
    url: own ?? `${(shared ?? DEFAULT_ENDPOINT).replace(/\/+$/, "")}/${PATH}`,
    encoding: readProtocol(reader) === "http/json" ? "json" : "protobuf",
    headers: bothPairs(reader, "HEADERS"),
    tls: readTls(reader),
    sampler: readSampler(reader),
    resource: readResource(reader),
  };
}

/** The variable of traces goes before that of all signals. */
function bothNames(name: string): readonly [string, string] {
  return [`OTEL_EXPORTER_OTLP_TRACES_${name}`, `OTEL_EXPORTER_OTLP_${name}`];
}

function readProtocol(reader: EnvironmentReader): (typeof PROTOCOLS)[number] {
  const [own, shared] = bothNames("PROTOCOL");
  return reader.choice(own, PROTOCOLS, reader.choice(shared, PROTOCOLS, "http/protobuf"));
}

function readTls(reader: EnvironmentReader): TracingConfig["tls"] {
  const pathOf = (name: string) => {
    const [own, shared] = bothNames(name).map((each) => reader.text(each));
    return own ?? shared;
  };
  const files = { ca: pathOf("CERTIFICATE"), cert: pathOf("CLIENT_CERTIFICATE"), key: pathOf("CLIENT_KEY") };
  return Object.fromEntries(Object.entries(files).filter(([, path]) => path !== undefined));
}

function readSampler(reader: EnvironmentReader): TracingConfig["sampler"] {
  const name = reader.choice("OTEL_TRACES_SAMPLER", SAMPLERS, "parentbased_always_on");
  const text = reader.text("OTEL_TRACES_SAMPLER_ARG") ?? "1";
  if (/^(?:[01]|0?\.\d{1,9}|[01]\.0{1,9})$/.test(text)) return { name, ratio: Number(text) };
  reader.report("OTEL_TRACES_SAMPLER_ARG must be a number from 0 to 1");
  return { name, ratio: 1 };
}

function readResource(reader: EnvironmentReader): TracingConfig["resource"] {
  const version = reader.text("COUNTERSIGN_VERSION");
  const attributes: Record<string, string> = {
    ...(version === undefined ? {} : { "service.version": version }),
    ...readPairs(reader, "OTEL_RESOURCE_ATTRIBUTES"),
  };
  const name = reader.text("OTEL_SERVICE_NAME") ?? attributes["service.name"] ?? "countersign";
  return { ...attributes, "service.name": name };
}

function bothPairs(reader: EnvironmentReader, name: string): Record<string, string> {
  const [own, shared] = bothNames(name);
  return { ...readPairs(reader, shared), ...readPairs(reader, own) };
}

/** `key=value,key=value`, values percent-encoded: the form of headers and of resource attributes. */
function readPairs(reader: EnvironmentReader, name: string): Record<string, string> {
  const pairs: Record<string, string> = {};
  for (const pair of (reader.text(name) ?? "").split(",").filter((each) => each.trim() !== "")) {
    const [, key, value = ""] = /^\s*([^\s=]+)\s*=(.*)$/s.exec(pair) ?? [];
    const decoded = decode(value.trim());
    if (key === undefined || decoded === undefined) {
      reader.report(`${name} must be key=value pairs, separated by commas, with values percent-encoded`);
      return {};
    }
    pairs[key] = decoded;
  }
  return pairs;
}

function decode(value: string): string | undefined {
  try {
    return decodeURIComponent(value);
  } catch {
    return undefined;
  }
}
