import { Counter, Histogram, type Registry } from "prom-client";

export interface Attempt {
  readonly channel: string;
  /** Its configured name, of which there are few. */
  readonly provider: string;
  readonly outcome: string;
  readonly durationMs: number;
}

const OUTCOMES = ["delivered", "rejected", "unavailable", "timeout"];
const SECONDS = [0.05, 0.1, 0.25, 0.5, 1, 2, 4, 8, 16];

/** Counts and times attempts at providers. `providers` are the configured ones: their series exist from the start. */
export function createDeliveryMetrics(
  registry: Registry,
  providers: readonly Pick<Attempt, "channel" | "provider">[],
): (attempt: Attempt) => void {
  const registers = [registry];
  const attempts = new Counter({
    name: "countersign_delivery_attempts_total",
    help: "Messages that a provider was asked to take.",
    labelNames: ["channel", "provider", "outcome"] as const,
    registers,
  });
  const latency = new Histogram({
    name: "countersign_delivery_latency_seconds",
    help: "Time until a provider answered, whatever it said.",
    labelNames: ["channel", "provider"] as const,
    buckets: SECONDS,
    registers,
  });
  for (const { channel, provider } of providers) {
    latency.zero({ channel, provider });
    for (const outcome of OUTCOMES) attempts.inc({ channel, provider, outcome }, 0);
  }
  return ({ channel, provider, outcome, durationMs }) => {
    attempts.inc({ channel, provider, outcome });
    latency.observe({ channel, provider }, durationMs / 1_000);
  };
}
