import { Counter, type Registry } from "prom-client";
import type { AnyAuditEvent } from "../../domain/audit/audit-event.js";
import { FAILURE_WINDOWS } from "../../domain/throttle/failure-limits.js";
import type { LoginScope } from "../../domain/throttle/throttle-scope.js";
import { labelAmong } from "./labels.js";

const SCOPES: readonly LoginScope[] = ["primary", "backup"];

/** Counts users whose codes fail, and users whose failures reach a limit. Labels never identify a user. */
export function createFailureMetrics(registry: Registry) {
  const users = new Counter({
    name: "countersign_users_with_failures_total",
    help: "Users whose code was wrong for the first time in 24 hours.",
    labelNames: ["scope"] as const,
    registers: [registry],
  });
  const reached = new Counter({
    name: "countersign_failure_limits_reached_total",
    help: "Users whose wrong codes reached the limit of a window.",
    labelNames: ["scope", "window"] as const,
    registers: [registry],
  });
  for (const scope of SCOPES) {
    users.inc({ scope }, 0);
    for (const window of FAILURE_WINDOWS) reached.inc({ scope, window }, 0);
  }
  return {
    onFailingUser: (scope: LoginScope) => users.inc({ scope }),
    onEvent({ action, details }: AnyAuditEvent) {
      if (action !== "failure_limit_reached") return;
      reached.inc({
        scope: labelAmong(SCOPES, details?.scope),
        window: labelAmong(FAILURE_WINDOWS, details?.window),
      });
    },
  };
}
