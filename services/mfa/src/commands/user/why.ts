import { type MfaAdminClient, reasonOf } from "@countersign/client";
import type { ListAuditEventsResponse } from "@countersign/protocol/countersign/mfa/v1/mfa_admin_service_pb.js";
import type { ProgramContext } from "../command-line/program-context.js";
import { withService } from "../service-access/with-service.js";
import { explainUser, inOneSentence } from "./explanation/explain-user.js";
import { CALLER, statusJson, type UserFlags } from "./show.js";

/** The largest page: months of an ordinary user's logins. */
const ENTRIES = 1_000;

export async function runWhy(context: ProgramContext, flags: UserFlags, userId: string): Promise<number> {
  return withService({ context, flags, caller: CALLER }, async ({ mfa, admin }) => {
    const [status, listed] = await Promise.all([mfa.getMfaStatus({ userId }), listEntries(admin, userId)]);
    const unknown = listed?.userUnknown === true;
    const explanation = explainUser({ status, entries: listed?.events, unknown, now: context.now() });
    const answer = { user: userId, unknown, auditRead: listed !== undefined, ...explanation };
    context.print(
      flags.json === true
        ? JSON.stringify({ ...answer, status: statusJson(status) })
        : `${userId}: ${inOneSentence(explanation, listed === undefined)}`,
    );
    return unknown ? 1 : 0;
  });
}

/** Undefined for a caller that may not read the audit log: the status then shows the problem, but not its cause. */
async function listEntries(
  admin: MfaAdminClient,
  userId: string,
): Promise<ListAuditEventsResponse | undefined> {
  try {
    return await admin.listAuditEvents({ userId, pageSize: ENTRIES });
  } catch (error) {
    if (reasonOf(error) === "PERMISSION_DENIED") return undefined;
    throw error;
  }
}
