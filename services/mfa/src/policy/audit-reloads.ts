import { randomUUID } from "node:crypto";
import type { AnyAuditEvent } from "../domain/audit/audit-event.js";
import type { Background } from "../jobs/background.js";
import type { PolicyReload } from "./security-policy.js";

const MAX_PATHS_LENGTH = 2_000;

/** Writes each reload of the policy to the audit log. No RPC caused it, so the service itself is the caller. */
export function auditReloads(parts: {
  readonly store: { record(event: AnyAuditEvent): Promise<void> };
  readonly now: () => Date;
  readonly background: Background;
}): (reload: PolicyReload) => void {
  return (reload) => {
    const details =
      reload.outcome === "succeeded"
        ? { changed: reload.changed.join(" ").slice(0, MAX_PATHS_LENGTH) }
        : { problems: String(reload.problems) };
    parts.background.run("audit a reload of the policy", () =>
      parts.store.record({
        action: "policy_reload",
        outcome: reload.outcome,
        actor: {
          caller: "countersign",
          requestId: randomUUID(),
          context: { ipAddress: undefined, userAgent: undefined },
        },
        at: parts.now(),
        details,
      }),
    );
  };
}
