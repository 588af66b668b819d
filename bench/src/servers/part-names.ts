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
  /** The replay mark of the logins that are accepted: above every mark so far. */
  readonly mark: number;
  readonly durationMs: number;
}

export interface PartResult {
  readonly calls: number;
  readonly seconds: number;
  readonly cpuMs: number;
}
