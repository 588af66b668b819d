import type { Admit } from "@countersign/rpc-server";
import type { RateLimitPolicy } from "@countersign/security-config";
import type { Caller } from "../domain/caller/caller.js";
import { MfaError } from "../domain/errors.js";
import { rateLimit } from "../domain/throttle/rate-limit.js";
import type { TakeToken } from "./leased-rate-limiter.js";

/** How often callers may call. */
interface CallerLimits extends RateLimitPolicy {
  /** Limits only callers that have a limit of their own. */
  readonly onlyOwn: boolean;
}

export interface AdmitDeps {
  readonly take: TakeToken;
  /** The current policy. */
  readonly policy: () => CallerLimits;
  /** Full names of the services that form the API; the rest has the default limit. */
  readonly apiServices: ReadonlySet<string>;
  /** Full names of the services that are never limited: a refused probe would end a healthy replica. */
  readonly exemptServices: ReadonlySet<string>;
}

/** Counts each call against a bucket of its caller: one for the API, one for everything else. */
export function admitCaller(deps: AdmitDeps): Admit {
  return (caller: Caller, { service }) => {
    const policy = deps.policy();
    if (!policy.enabled || deps.exemptServices.has(service)) return;
    if (policy.onlyOwn && caller.requestsPerMinute === undefined) return;
    const api = deps.apiServices.has(service);
    const { limit, perMinute } = limitOf(policy, api, caller.requestsPerMinute);
    const bucket = `caller:${api ? "api" : "default"}:${caller.id}`;
    const judge = (retryAfterMs: number | undefined) => refuseOver(limit, retryAfterMs);
    const wait = deps.take(bucket, rateLimit(perMinute, policy.burstMultiplier));
    if (wait instanceof Promise) return wait.then(judge);
    judge(wait);
  };
}

function refuseOver(limit: string, retryAfterMs: number | undefined): void {
  if (retryAfterMs === undefined) return;
  throw new MfaError("CALLER_RATE_LIMITED", "the caller is over its rate limit", {
    retryAfterMs,
    metadata: { limit },
  });
}

function limitOf(
  policy: RateLimitPolicy,
  api: boolean,
  own: number | undefined,
): { readonly limit: string; readonly perMinute: number } {
  if (own !== undefined) return { limit: "requests_per_minute", perMinute: own };
  return api
    ? { limit: "api_requests_per_minute", perMinute: policy.apiRequestsPerMinute }
    : { limit: "default_requests_per_minute", perMinute: policy.defaultRequestsPerMinute };
}
