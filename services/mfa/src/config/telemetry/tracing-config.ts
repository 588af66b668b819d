import {
  anyText,
  choice,
  decimal,
  flag,
  optionalChoice,
  optionalText,
  parsedForm,
  type SettingsReader,
  type SettingValues,
} from "@countersign/settings";
import { parsed, problem } from "../../domain/parsed.js";
import type { TracingConfig } from "../../telemetry/opentelemetry/tracing-config.js";
import { urlForm } from "../forms/url-form.js";
import { UNKNOWN_BUILD } from "../process/process-config.js";

const PATH = "v1/traces";
const SAME = "The same for traces alone.";
const PAIRS = "key=value pairs, separated by commas, with values percent-encoded";
const url = urlForm(["http:", "https:"]);

/** `key=value,key=value`, values percent-encoded: the form of headers and of resource attributes. */
const pairs = parsedForm<Readonly<Record<string, string>>>({
  accepts: PAIRS,
  parse: (written) => {
    const found: Record<string, string> = {};
    for (const pair of written.split(",").filter((each) => each.trim() !== "")) {
      const [, key, value = ""] = /^\s*([^\s=]+)\s*=(.*)$/s.exec(pair) ?? [];
      const decoded = decode(value.trim());
      if (key === undefined || decoded === undefined) return problem(`must be ${PAIRS}`);
      found[key] = decoded;
    }
    return parsed(found);
  },
});

const protocols = ["http/protobuf", "http/json"] as const;

const SWITCH_SETTINGS = {
  OTEL_TRACES_EXPORTER: optionalChoice(["otlp", "none"], {
    absent: "`otlp` if an endpoint is set, else `none`",
    doc: "Whether traces are exported; see tracing.md.",
  }),
  OTEL_SDK_DISABLED: flag({ default: false, doc: "No traces, whatever the other settings say." }),
  OTEL_EXPORTER_OTLP_ENDPOINT: optionalText(url, {
    absent: "`http://localhost:4318`",
    doc: "Collector that takes OTLP over HTTP; `/v1/traces` is added.",
  }),
  OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: optionalText(url, { doc: "The same for traces alone, with its path." }),
} as const;

const EXPORT_SETTINGS = {
  OTEL_EXPORTER_OTLP_PROTOCOL: choice(protocols, { default: "http/protobuf", doc: "How spans are encoded." }),
  OTEL_EXPORTER_OTLP_TRACES_PROTOCOL: optionalChoice(protocols, { doc: SAME }),
  OTEL_EXPORTER_OTLP_HEADERS: optionalText(pairs, { doc: "Headers for the collector.", secret: true }),
  OTEL_EXPORTER_OTLP_TRACES_HEADERS: optionalText(pairs, { doc: SAME, secret: true }),
  OTEL_EXPORTER_OTLP_CERTIFICATE: optionalText(anyText, {
    doc: "File of the authorities of the collector's certificate, PEM.",
  }),
  OTEL_EXPORTER_OTLP_TRACES_CERTIFICATE: optionalText(anyText, { doc: SAME }),
  OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE: optionalText(anyText, {
    doc: "File of the certificate shown to the collector, PEM.",
  }),
  OTEL_EXPORTER_OTLP_TRACES_CLIENT_CERTIFICATE: optionalText(anyText, { doc: SAME }),
  OTEL_EXPORTER_OTLP_CLIENT_KEY: optionalText(anyText, { doc: "File of its private key, PEM." }),
  OTEL_EXPORTER_OTLP_TRACES_CLIENT_KEY: optionalText(anyText, { doc: SAME }),
  OTEL_TRACES_SAMPLER: choice(
    [
      "always_on",
      "always_off",
      "traceidratio",
      "parentbased_always_on",
      "parentbased_always_off",
      "parentbased_traceidratio",
    ],
    { default: "parentbased_always_on", doc: "Which calls are traced." },
  ),
  OTEL_TRACES_SAMPLER_ARG: decimal({
    default: 1,
    min: 0,
    max: 1,
    doc: "Part of the calls that `traceidratio` traces.",
  }),
  OTEL_SERVICE_NAME: optionalText(anyText, { absent: "countersign", doc: "`service.name` of every span." }),
  OTEL_RESOURCE_ATTRIBUTES: optionalText(pairs, { doc: "What every span says of its process." }),
} as const;

export const TRACING_SETTINGS = { ...SWITCH_SETTINGS, ...EXPORT_SETTINGS } as const;

type ExportValues = SettingValues<typeof EXPORT_SETTINGS>;

/**
 * Reads OpenTelemetry's own variables. Undefined: no tracing, unless an endpoint or the exporter is named. The OpenTelemetry library itself reads the
 * rest (time limit, compression, sizes of queues and spans). While tracing is off, variables that a platform has set for other programs are not
 * validated.
 */
export function readTracingConfig(reader: SettingsReader, version: string): TracingConfig | undefined {
  const given = reader.read(SWITCH_SETTINGS);
  const { OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: own, OTEL_EXPORTER_OTLP_ENDPOINT: shared } = given;
  const exporter = given.OTEL_TRACES_EXPORTER ?? ((own ?? shared) === undefined ? "none" : "otlp");
  if (given.OTEL_SDK_DISABLED || exporter === "none") return undefined;
  const exporting = reader.read(EXPORT_SETTINGS);
  return {
    url: own ?? `${(shared ?? "http://localhost:4318").replace(/\/+$/, "")}/${PATH}`,
    encoding: encodingOf(exporting),
    headers: { ...exporting.OTEL_EXPORTER_OTLP_HEADERS, ...exporting.OTEL_EXPORTER_OTLP_TRACES_HEADERS },
    tls: tlsOf(exporting),
    sampler: { name: exporting.OTEL_TRACES_SAMPLER, ratio: exporting.OTEL_TRACES_SAMPLER_ARG },
    resource: resourceOf(exporting, version),
  };
}

function encodingOf(given: ExportValues): TracingConfig["encoding"] {
  const protocol = given.OTEL_EXPORTER_OTLP_TRACES_PROTOCOL ?? given.OTEL_EXPORTER_OTLP_PROTOCOL;
  return protocol === "http/json" ? "json" : "protobuf";
}

/** The variable for traces overrides the one for all signals. */
function tlsOf(given: ExportValues): TracingConfig["tls"] {
  const files = {
    ca: given.OTEL_EXPORTER_OTLP_TRACES_CERTIFICATE ?? given.OTEL_EXPORTER_OTLP_CERTIFICATE,
    cert: given.OTEL_EXPORTER_OTLP_TRACES_CLIENT_CERTIFICATE ?? given.OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE,
    key: given.OTEL_EXPORTER_OTLP_TRACES_CLIENT_KEY ?? given.OTEL_EXPORTER_OTLP_CLIENT_KEY,
  };
  return Object.fromEntries(Object.entries(files).filter(([, path]) => path !== undefined));
}

function resourceOf(given: ExportValues, version: string): TracingConfig["resource"] {
  const attributes: Record<string, string> = {
    ...(version === UNKNOWN_BUILD ? {} : { "service.version": version }),
    ...given.OTEL_RESOURCE_ATTRIBUTES,
  };
  return {
    ...attributes,
    "service.name": given.OTEL_SERVICE_NAME ?? attributes["service.name"] ?? "countersign",
  };
}

function decode(value: string): string | undefined {
  try {
    return decodeURIComponent(value);
  } catch {
    return undefined;
  }
}
