import { createSettingsReader } from "@countersign/settings";
import { describe, expect, test } from "vitest";
import { readTracingConfig } from "./tracing-config.js";

const FILES: Readonly<Record<string, string>> = { "/run/headers": "authorization=Bearer%20s3cret\n" };

function read(env: Record<string, string>) {
  const reader = createSettingsReader(env, { readFile: (path) => FILES[path] ?? "", production: false });
  return {
    config: readTracingConfig(reader, env.COUNTERSIGN_VERSION ?? "unknown"),
    problems: reader.problems(),
  };
}

const ENDPOINT = "http://collector:4318";

describe("tracing is off", () => {
  test.each([
    ["unless something of it is set", {}],
    ["with attributes alone, which every pod is given", { OTEL_RESOURCE_ATTRIBUTES: "k8s.pod.name=a" }],
    ["when the exporter is none", { OTEL_TRACES_EXPORTER: "none", OTEL_EXPORTER_OTLP_ENDPOINT: ENDPOINT }],
    ["when all of it is disabled", { OTEL_SDK_DISABLED: "true", OTEL_EXPORTER_OTLP_ENDPOINT: ENDPOINT }],
    [
      "and then what else a platform has set for others is not judged",
      { OTEL_TRACES_EXPORTER: "none", OTEL_EXPORTER_OTLP_PROTOCOL: "grpc" },
    ],
  ])("tracing is off: %s", (_, env) => {
    expect(read(env as Record<string, string>)).toEqual({ config: undefined, problems: [] });
  });
});

describe("traces go", () => {
  test.each([
    ["to the machine itself", { OTEL_TRACES_EXPORTER: "otlp" }, "http://localhost:4318/v1/traces"],
    ["below an endpoint", { OTEL_EXPORTER_OTLP_ENDPOINT: ENDPOINT }, `${ENDPOINT}/v1/traces`],
    [
      "below one with a path",
      { OTEL_EXPORTER_OTLP_ENDPOINT: `${ENDPOINT}/otlp/` },
      `${ENDPOINT}/otlp/v1/traces`,
    ],
    [
      "to that of traces as it stands",
      { OTEL_EXPORTER_OTLP_ENDPOINT: ENDPOINT, OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: "https://other/in" },
      "https://other/in",
    ],
  ])("traces go: %s", (_, env, url) => {
    expect(read(env as Record<string, string>)).toMatchObject({ config: { url }, problems: [] });
  });
});

test("without more, everything is recorded unless its caller says otherwise, and sent as protobuf", () => {
  expect(read({ OTEL_TRACES_EXPORTER: "otlp" }).config).toMatchObject({
    encoding: "protobuf",
    headers: {},
    tls: {},
    sampler: { name: "parentbased_always_on" },
    resource: { "service.name": "countersign" },
  });
});

test("what is said of traces goes before what is said of all signals", () => {
  const { config, problems } = read({
    OTEL_EXPORTER_OTLP_ENDPOINT: ENDPOINT,
    OTEL_EXPORTER_OTLP_PROTOCOL: "http/protobuf",
    OTEL_EXPORTER_OTLP_TRACES_PROTOCOL: "http/json",
    OTEL_EXPORTER_OTLP_HEADERS: "a=1, b = two%2C3",
    OTEL_EXPORTER_OTLP_TRACES_HEADERS: "a=4",
    OTEL_EXPORTER_OTLP_CERTIFICATE: "/all.pem",
    OTEL_EXPORTER_OTLP_TRACES_CERTIFICATE: "/traces.pem",
    OTEL_TRACES_SAMPLER: "parentbased_traceidratio",
    OTEL_TRACES_SAMPLER_ARG: "0.25",
    OTEL_SERVICE_NAME: "mfa",
    OTEL_RESOURCE_ATTRIBUTES: "service.name=other,deployment.environment.name=eu%20west",
  });
  expect(problems).toEqual([]);
  expect(config).toMatchObject({
    encoding: "json",
    headers: { a: "4", b: "two,3" },
    tls: { ca: "/traces.pem" },
    sampler: { name: "parentbased_traceidratio", ratio: 0.25 },
    resource: { "service.name": "mfa", "deployment.environment.name": "eu west" },
  });
});

test("a credential of the collector's may stand in a file", () => {
  const { config } = read({
    OTEL_EXPORTER_OTLP_ENDPOINT: ENDPOINT,
    OTEL_EXPORTER_OTLP_HEADERS_FILE: "/run/headers",
  });
  expect(config?.headers).toEqual({ authorization: "Bearer s3cret" });
});

test.each([
  ["OTEL_TRACES_EXPORTER", "zipkin", "must be one of otlp, none"],
  ["OTEL_SDK_DISABLED", "yes", "must be true or false"],
  ["OTEL_EXPORTER_OTLP_ENDPOINT", "collector:4318", "must be a URL"],
  ["OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "grpc://collector", "must be a URL"],
  ["OTEL_EXPORTER_OTLP_PROTOCOL", "grpc", "must be one of http/protobuf, http/json"],
  ["OTEL_EXPORTER_OTLP_HEADERS", "s3cret", "must be key=value pairs"],
  ["OTEL_RESOURCE_ATTRIBUTES", "a=%zz", "must be key=value pairs"],
  ["OTEL_TRACES_SAMPLER", "sometimes", "must be one of"],
  ["OTEL_TRACES_SAMPLER_ARG", "1.5", "must be a number, 0 to 1"],
])("%s=%s is a problem that names it, and not its value", (name, value, problem) => {
  const { problems } = read({ OTEL_TRACES_EXPORTER: "otlp", [name]: value });
  expect(problems).toEqual([expect.stringContaining(problem)]);
  expect(problems[0]).toMatch(new RegExp(`^${name} `));
  expect(problems[0]).not.toContain("s3cret");
});
