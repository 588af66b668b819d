import type { Duration } from "@bufbuild/protobuf/wkt";

/** Whole milliseconds, rounded up, so that a wait is never too short. */
export function durationToMs({ seconds, nanos }: Pick<Duration, "seconds" | "nanos">): number {
  return Number(seconds) * 1_000 + Math.ceil(nanos / 1_000_000);
}
