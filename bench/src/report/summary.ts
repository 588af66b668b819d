import { type Spread, spreadOf } from "../measure/spread.js";
import type { Measurement } from "../scenarios/scenario.js";

/** All measurements of one thing. CPU in µs a call. */
export interface Row {
  readonly name: string;
  readonly inFlight: number;
  readonly perSecond: Spread;
  readonly p50Ms: Spread;
  readonly p99Ms: Spread;
  readonly serverCpu: Spread;
  readonly postgresCpu: Spread;
  readonly redisCpu: Spread;
  readonly clientCpu: Spread;
  readonly residentMb: Spread;
  readonly failed: number;
}

export function summarize(measurements: readonly Measurement[]): Row[] {
  const keys = [...new Set(measurements.map(keyOf))];
  return keys.flatMap((key) => {
    const same = measurements.filter((measurement) => keyOf(measurement) === key);
    const [first] = same;
    return first === undefined ? [] : [rowOf(first, same)];
  });
}

function keyOf({ name, inFlight }: Measurement): string {
  return `${name}\n${inFlight}`;
}

function rowOf({ name, inFlight }: Measurement, same: readonly Measurement[]): Row {
  const results = same.map(({ result }) => result);
  const spread = (value: (result: Measurement["result"]) => number) => spreadOf(results.map(value));
  const cpu = (of: keyof Measurement["result"]["cpuMs"]) =>
    spread(({ cpuMs, calls }) => (calls === 0 ? 0 : (cpuMs[of] * 1_000) / calls));
  return {
    name,
    inFlight,
    perSecond: spread(({ calls, seconds }) => calls / seconds),
    p50Ms: spread(({ p50Ms }) => p50Ms),
    p99Ms: spread(({ p99Ms }) => p99Ms),
    serverCpu: cpu("server"),
    postgresCpu: cpu("postgres"),
    redisCpu: cpu("redis"),
    clientCpu: cpu("client"),
    residentMb: spread(({ residentMb }) => residentMb),
    failed: results.reduce((sum, { failed }) => sum + failed, 0),
  };
}
