import type { DescMessage, MessageShape } from "@bufbuild/protobuf";
import type { CallContext, ServedMethod, ServedService, UnaryHandler } from "@countersign/rpc-server";
import { describeFault } from "@countersign/telemetry-ports";
import { parseAdministrator } from "../domain/admin/administrator.js";
import { type AnyAuditEvent, AUDIT_ACTIONS, type AuditAction } from "../domain/audit/audit-event.js";
import { MfaError, type Reason } from "../domain/errors.js";
import { userOf } from "./call-facts.js";
import { clientAddressOf } from "./client-address-rules.js";

interface RefusalAudit {
  readonly store: { record(event: AnyAuditEvent): Promise<void> };
  readonly now: () => Date;
}

/** Errors whose rows the store could not write, or that must not add load. */
const UNRECORDED: ReadonlySet<Reason> = new Set(["STORE_UNAVAILABLE", "OVERLOADED"]);

interface Refusal {
  readonly reason: Reason;
  readonly details: Readonly<Record<string, string>> | undefined;
}

/**
 * Writes an audit row for every call that a handler refuses because of its input, a broken precondition or a fault, so that probing and altered
 * stored values leave a trace. Calls that are answered write their own rows with their changes. If the row cannot be written, the call is still
 * refused.
 */
export function withRefusalsAudited(served: ServedService, audit: RefusalAudit): ServedService {
  return { service: served.service, methods: served.methods.map((method) => withAudit(method, audit)) };
}

function withAudit(served: ServedMethod, audit: RefusalAudit): ServedMethod {
  if (served.kind !== "unary") return served;
  const action = actionOf(served.method.name);
  const handler: UnaryHandler<DescMessage, DescMessage> = async (request, call) => {
    try {
      return await served.handler(request, call);
    } catch (thrown) {
      const refusal = refusalOf(thrown);
      call.tell({ outcome: "refused", refusal: refusal.reason });
      if (!UNRECORDED.has(refusal.reason)) await recordRefusal(audit, { action, refusal, request, call });
      throw thrown;
    }
  };
  return { ...served, handler };
}

/** Any other error is INTERNAL. */
function refusalOf(thrown: unknown): Refusal {
  return thrown instanceof MfaError
    ? { reason: thrown.reason, details: thrown.auditDetails }
    : { reason: "INTERNAL", details: undefined };
}

/** VerifyCode is verify_code. Throws at the start for an RPC without an audit action. */
function actionOf(rpc: string): AuditAction {
  const name = rpc.replace(/(?<!^)[A-Z]/g, "_$&").toLowerCase();
  const action = AUDIT_ACTIONS.find((known) => known === name);
  if (action === undefined) throw new Error(`${rpc} has no name in the audit log`);
  return action;
}

async function recordRefusal(
  audit: RefusalAudit,
  refused: {
    readonly action: AuditAction;
    readonly refusal: Refusal;
    readonly request: MessageShape<DescMessage>;
    readonly call: CallContext;
  },
): Promise<void> {
  const { action, request, call } = refused;
  const { reason } = refused.refusal;
  const userId = userOf(request);
  const details = detailsOf(refused.refusal, request);
  const address = clientAddressOf(request);
  try {
    await audit.store.record({
      action,
      outcome: "refused",
      reason,
      ...(userId === undefined ? {} : { userId }),
      actor: {
        caller: call.caller.id,
        requestId: call.requestId,
        context: { ipAddress: address.ok ? address.value : undefined, userAgent: undefined },
      },
      at: audit.now(),
      ...(details === undefined ? {} : { details }),
    });
  } catch (error) {
    call.log.error({ error: describeFault(error), action, reason }, "a refusal could not be audited");
  }
}

function textOf(request: object, field: string): string {
  const value: unknown = Reflect.get(request, field);
  return typeof value === "string" ? value : "";
}

/** The person too who is said to ask for an administrative act. */
function detailsOf({ details }: Refusal, request: MessageShape<DescMessage>): Refusal["details"] {
  const administrator = parseAdministrator(textOf(request, "actor"));
  return administrator.ok && administrator.value !== undefined
    ? { ...details, actor: administrator.value }
    : details;
}
