import { Code } from "@connectrpc/connect";
import { type CallObserver, type Rpc, rpcName, type ServedService } from "@countersign/rpc-server";
import { Counter, Histogram, type Registry } from "prom-client";
import { labelAmong } from "./labels.js";

/** Names and values are those of go-grpc-middleware, which dashboards use. */
type RpcLabels = Readonly<Record<"grpc_type" | "grpc_service" | "grpc_method", string>>;

/** The labels of one RPC, made once, because every call uses them. */
interface RpcSeries {
  readonly labels: RpcLabels;
  readonly byCode: ReadonlyMap<Code | undefined, RpcLabels & { readonly grpc_code: string }>;
}

const TYPES = {
  unary: "unary",
  server_streaming: "server_stream",
  bidi_streaming: "bidi_stream",
} as const;

/** Unknown methods share one series: clients could name anything. */
const UNKNOWN_RPC: RpcLabels = { grpc_type: "unary", grpc_service: "_OTHER", grpc_method: "_OTHER" };

/** Undefined is OK. */
const CODES = [undefined, ...Object.values(Code).filter((code) => typeof code === "number")];
const SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

const LIMITS = [
  "api_requests_per_minute",
  "default_requests_per_minute",
  "requests_per_minute",
  "login_attempts_per_minute",
  "user",
  "destination",
  "prefix",
  "country",
  "overall",
  "completion",
  "cooldown",
  "locked",
];

/** Counts calls by RPC and code, and those that a limit refused. Every series exists from the start, at 0. */
export function createCallMetrics(registry: Registry, services: readonly ServedService[]): CallObserver {
  const { started, handled, seconds, limited } = register(registry);
  const known = rpcsOf(services);
  const unknown = seriesOf(UNKNOWN_RPC);
  for (const { labels, byCode } of [...known.values(), unknown]) {
    started.inc(labels, 0);
    seconds.zero(labels);
    for (const labelsOfCode of byCode.values()) handled.inc(labelsOfCode, 0);
  }
  for (const limit of LIMITS) limited.inc({ limit }, 0);

  const seriesFor = (rpc: Rpc) => known.get(rpcName(rpc)) ?? unknown;
  return {
    started: (rpc) => started.inc(seriesFor(rpc).labels),
    finished({ rpc, code, durationMs, limit }) {
      const { labels, byCode } = seriesFor(rpc);
      handled.inc(byCode.get(code) ?? labels);
      seconds.observe(labels, durationMs / 1_000);
      if (limit !== undefined) limited.inc({ limit: labelAmong(LIMITS, limit) });
    },
  };
}

function register(registry: Registry) {
  const labelNames = ["grpc_type", "grpc_service", "grpc_method"] as const;
  const registers = [registry];
  const started = new Counter({
    name: "grpc_server_started_total",
    help: "Calls that began.",
    labelNames,
    registers,
  });
  const handled = new Counter({
    name: "grpc_server_handled_total",
    help: "Calls that ended, by status code.",
    labelNames: [...labelNames, "grpc_code"] as const,
    registers,
  });
  const seconds = new Histogram({
    name: "grpc_server_handling_seconds",
    help: "Time from a call's headers to its end.",
    labelNames,
    buckets: SECONDS,
    registers,
  });
  const limited = new Counter({
    name: "countersign_rate_limited_total",
    help: "Calls that a limit refused.",
    labelNames: ["limit"] as const,
    registers,
  });
  return { started, handled, seconds, limited };
}

function rpcsOf(services: readonly ServedService[]): ReadonlyMap<string, RpcSeries> {
  return new Map(
    services.flatMap(({ service, methods }) =>
      methods.map(({ kind, method }) => [
        rpcName({ service: service.typeName, method: method.name }),
        seriesOf({ grpc_type: TYPES[kind], grpc_service: service.typeName, grpc_method: method.name }),
      ]),
    ),
  );
}

function seriesOf(labels: RpcLabels): RpcSeries {
  return {
    labels,
    byCode: new Map(
      CODES.map((code) => [code, { ...labels, grpc_code: code === undefined ? "OK" : Code[code] }]),
    ),
  };
}
