import { Counter, Gauge, type Registry } from "prom-client";

const SOURCES = ["policy", "geoip", "callers", "caller_keys", "tls", "keys", "stores"] as const;
type Source = (typeof SOURCES)[number];

/** Counts failed reloads, and records when each source was last loaded, beginning with the start. */
export function createReloadMetrics(registry: Registry, nowMs: () => number) {
  const registers = [registry];
  const labelNames = ["source"] as const;
  const success = new Gauge({
    name: "countersign_config_reload_success_timestamp_seconds",
    help: "When the source was last taken, at the start or later.",
    labelNames,
    registers,
  });
  const failures = new Counter({
    name: "countersign_config_reload_failures_total",
    help: "New versions of the source that were refused.",
    labelNames,
    registers,
  });
  for (const source of SOURCES) {
    success.set({ source }, nowMs() / 1_000);
    failures.inc({ source }, 0);
  }
  return (source: Source, outcome: "applied" | "refused") => {
    if (outcome === "applied") success.set({ source }, nowMs() / 1_000);
    else failures.inc({ source });
  };
}
