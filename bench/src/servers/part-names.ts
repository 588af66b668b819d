export const PARTS = [
  "Postgres: read a user",
  "Postgres: accept a login",
  "Redis: charge an attempt",
  "crypto: open, match a code, MAC",
] as const;

export type PartName = (typeof PARTS)[number];

export interface PartRun {
  readonly part: PartName;
  readonly inFlight: number;
  /** The time step to work at: as a replay counter it is above every one so far. */
  readonly step: number;
  readonly durationMs: number;
}

export interface PartResult {
  readonly calls: number;
  readonly seconds: number;
  readonly cpuMs: number;
}
