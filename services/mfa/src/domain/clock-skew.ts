/** How far this host's clock is ahead of a store's, in seconds. Undefined: the store did not answer. */
export interface ClockSkew {
  readonly postgres: number | undefined;
  readonly redis: number | undefined;
}

/**
 * `wrong`: this clock differs from both stores by more than the limit. `right`: at least one store agrees with it; a store that does not is wrong
 * itself. `unknown`: too few answers, so that an unavailable store takes no replica out.
 */
export type ClockJudgement = "right" | "wrong" | "unknown";

/** Judges this host's clock: TOTP windows, and the times in the audit log, are its own. */
export function judgeClock({ postgres, redis }: ClockSkew, limitSeconds: number): ClockJudgement {
  const agrees = (skew: number | undefined) => skew !== undefined && Math.abs(skew) <= limitSeconds;
  if (agrees(postgres) || agrees(redis)) return "right";
  return postgres === undefined || redis === undefined ? "unknown" : "wrong";
}
