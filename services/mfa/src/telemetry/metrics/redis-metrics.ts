import { Counter, Histogram, type Registry } from "prom-client";

const SECONDS = [0.000_25, 0.000_5, 0.001, 0.002_5, 0.005, 0.01, 0.025, 0.1, 0.5, 2];

/** Times commands to Redis and counts its reconnections. */
export function createRedisMetrics(registry: Registry) {
  const registers = [registry];
  const commands = new Histogram({
    name: "countersign_redis_commands_seconds",
    help: "Time until Redis answered a command, errors included.",
    buckets: SECONDS,
    registers,
  });
  const reconnects = new Counter({
    name: "countersign_redis_reconnects_total",
    help: "Reconnections to Redis.",
    registers,
  });
  return {
    onRedisCommand: (seconds: number) => commands.observe(seconds),
    onRedisReconnect: () => reconnects.inc(),
  };
}
