import { Counter, type Registry } from "prom-client";
import type { AnyAuditEvent, AuditAction } from "../../domain/audit/audit-event.js";
import { METHODS, SENT_METHODS } from "../../domain/factor/method.js";
import type { ThrottleScope } from "../../domain/throttle/throttle-scope.js";
import type { RejectionReason } from "../../domain/verification/rejection.js";
import { labelAmong } from "./labels.js";

const SCOPES: readonly ThrottleScope[] = ["primary", "backup", "enrolment"];

const OUTCOMES: Readonly<Record<RejectionReason, string>> = {
  INVALID_CODE: "invalid",
  CODE_EXPIRED: "expired",
  CODE_REPLAYED: "replayed",
  NO_PENDING_CHALLENGE: "no_challenge",
  TOO_MANY_ATTEMPTS: "locked",
};

/** Actions that compare a code. */
const CHECKS: ReadonlySet<AuditAction> = new Set([
  "verify_setup",
  "verify_code",
  "disable_mfa",
  "regenerate_backup_codes",
]);

/** Counts audit events: codes that were checked and sent, and users who were locked. Labels never identify a user. */
export function createEventMetrics(registry: Registry): (event: AnyAuditEvent) => void {
  const { verifications, challenges, lockouts, replays } = countersIn(registry);
  for (const factor of METHODS) {
    replays.inc({ factor }, 0);
    for (const outcome of ["approved", ...Object.values(OUTCOMES)]) verifications.inc({ factor, outcome }, 0);
  }
  for (const factor of SENT_METHODS) challenges.inc({ factor }, 0);
  for (const scope of SCOPES) lockouts.inc({ scope }, 0);

  return (event) => {
    const { action, outcome, reason, method } = event;
    const factor = labelAmong(METHODS, method);
    if (action === "send_verification_code" && outcome === "succeeded") challenges.inc({ factor });
    if (!CHECKS.has(action) || outcome === "refused") return;
    verifications.inc({ factor, outcome: outcome === "succeeded" ? "approved" : nameOf(reason) });
    if (reason === "CODE_REPLAYED") replays.inc({ factor });
    if (event.details?.lock_ms !== undefined) lockouts.inc({ scope: scopeOf(event) });
  };
}

function nameOf(reason: AnyAuditEvent["reason"]): string {
  return Object.entries(OUTCOMES).find(([name]) => name === reason)?.[1] ?? "_OTHER";
}

function scopeOf({ action, method }: AnyAuditEvent): ThrottleScope {
  if (action === "verify_setup") return "enrolment";
  return method === "backup_code" ? "backup" : "primary";
}

function countersIn(registry: Registry) {
  const registers = [registry];
  return {
    verifications: new Counter({
      name: "countersign_verifications_total",
      help: "Codes that were checked.",
      labelNames: ["factor", "outcome"] as const,
      registers,
    }),
    challenges: new Counter({
      name: "countersign_challenges_created_total",
      help: "Codes that were made and handed to a provider.",
      labelNames: ["factor"] as const,
      registers,
    }),
    lockouts: new Counter({
      name: "countersign_lockouts_total",
      help: "Users who were locked by a wrong code.",
      labelNames: ["scope"] as const,
      registers,
    }),
    replays: new Counter({
      name: "countersign_replay_rejected_total",
      help: "Codes that had been accepted before.",
      labelNames: ["factor"] as const,
      registers,
    }),
  };
}
