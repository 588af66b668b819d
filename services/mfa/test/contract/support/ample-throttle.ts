import { FAILURES_KEPT, type Throttle } from "../../../src/domain/throttle/failure-limits.js";

/** Limits that no test meets which is not about them. */
export const AMPLE_THROTTLE: Throttle = {
  limits: { daily: FAILURES_KEPT, monthly: FAILURES_KEPT, yearly: FAILURES_KEPT },
  pauseMs: undefined,
};
