/** A name, a value that may not have been measured (undefined or NaN), and its unit. */
export type Measurement = readonly [name: string, value: number | undefined, unit: "ms" | "MiB"];

/** What was measured, for a campaign's note: `p99 4.2 ms, peak 190.1 MiB`. The short form leaves some phases out. */
export function describeMeasured(measurements: readonly Measurement[]): string {
  return measurements
    .flatMap(([name, value, unit]) =>
      value === undefined || Number.isNaN(value) ? [] : [`${name} ${value.toFixed(1)} ${unit}`],
    )
    .join(", ");
}
