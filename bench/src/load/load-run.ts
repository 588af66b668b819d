import type { RequestSpec } from "./requests.js";

/** One measurement that the load client is asked for. */
export interface LoadRun {
  /** Of the servers, which the connections are spread over. */
  readonly ports: readonly number[];
  readonly requests: RequestSpec;
  readonly inFlight: number;
  readonly warmUpMs: number;
  readonly durationMs: number;
  /** Most calls a second; undefined: as many as the server takes. */
  readonly ratePerSecond?: number;
  readonly processes: ProcessIds;
}

/** Whose CPU time is read at the start and at the end of the measured window. */
export interface ProcessIds {
  readonly server: readonly number[];
  readonly postgres: number;
  readonly redis: number;
}

/** What one measurement found. Calls that failed, or were answered with anything but success, are in `failed` alone. */
export interface LoadResult {
  readonly calls: number;
  readonly failed: number;
  readonly seconds: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly cpuMs: {
    readonly server: number;
    readonly postgres: number;
    readonly redis: number;
    readonly client: number;
  };
  readonly residentMb: number;
}
