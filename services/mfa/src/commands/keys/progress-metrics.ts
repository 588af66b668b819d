import { renameSync, writeFileSync } from "node:fs";
import type { RewrapProgress } from "../../storage/postgres/keys/rewrap-values.js";

const GAUGES: readonly (readonly [keyof RewrapProgress, string])[] = [
  ["total", "Values that needed re-encryption when the run began."],
  ["done", "Values looked at so far."],
  ["rewrapped", "Values re-encrypted so far."],
  ["refused", "Values that do not open, so far."],
];

/**
 * Writes the progress of a run to a metrics file for a textfile collector: the run ends before anything could scrape it. The file is replaced
 * atomically, so no collector reads half of one.
 */
export function writeProgressMetrics(path: string, progress: RewrapProgress): void {
  const text = GAUGES.map(([name, help]) => {
    const metric = `countersign_rewrap_values_${name}`;
    return `# HELP ${metric} ${help}\n# TYPE ${metric} gauge\n${metric} ${progress[name]}\n`;
  }).join("");
  const written = `${path}.${process.pid}`;
  writeFileSync(written, text, { mode: 0o644 });
  renameSync(written, path);
}
