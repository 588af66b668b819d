import { type Permit, rpcName } from "@countersign/rpc-server";
import { describeFault } from "@countersign/telemetry-ports";
import type { AnyAuditEvent } from "../domain/audit/audit-event.js";
import { MfaError } from "../domain/errors.js";
import type { CallerRegistry } from "./caller-registry.js";

export interface PermitDeps {
  readonly registry: () => CallerRegistry;
  /** Writes the audit row, without a user: the request has not been read. */
  readonly record: (denied: AnyAuditEvent) => Promise<void>;
  readonly now: () => Date;
}

/** Denies every RPC that the callers file does not permit the caller. The denial holds even if it cannot be audited. */
export function permitListed(deps: PermitDeps): Permit {
  return (caller, call) =>
    deps.registry().permits(caller.id, rpcName(call.rpc)) ? undefined : deny(deps, caller, call);
}

async function deny({ record, now }: PermitDeps, ...[caller, call]: Parameters<Permit>): Promise<never> {
  call.log.warn({ caller: caller.id }, "call denied");
  const actor = {
    caller: caller.id,
    requestId: call.requestId,
    context: { ipAddress: undefined, userAgent: undefined },
  };
  try {
    await record({
      action: "call_denied",
      outcome: "refused",
      reason: "PERMISSION_DENIED",
      details: { rpc: rpcName(call.rpc) },
      actor,
      at: now(),
    });
  } catch (error) {
    call.log.error(
      { caller: caller.id, error: describeFault(error) },
      "the denied call could not be audited",
    );
  }
  throw new MfaError("PERMISSION_DENIED", "the caller may not call this RPC");
}
