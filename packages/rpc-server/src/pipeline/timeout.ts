/** The client's timeout in milliseconds; undefined if it sent none. */
export type Timeout = number | undefined | "malformed";

const GRPC_UNITS: Readonly<Record<string, number>> = {
  H: 3_600_000,
  M: 60_000,
  S: 1_000,
  m: 1,
  u: 0.001,
  n: 0.000_001,
};

/** Reads `grpc-timeout`: at most eight digits and a unit. */
export function parseGrpcTimeout(value: string | undefined): Timeout {
  if (value === undefined) return undefined;
  const unit = GRPC_UNITS[value.slice(-1)];
  const digits = value.slice(0, -1);
  return unit !== undefined && /^\d{1,8}$/.test(digits) ? Number(digits) * unit : "malformed";
}

/** Reads `connect-timeout-ms`: at most ten digits. */
export function parseConnectTimeout(value: string | undefined): Timeout {
  if (value === undefined) return undefined;
  return /^\d{1,10}$/.test(value) ? Number(value) : "malformed";
}
