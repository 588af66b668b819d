import type { Timestamp } from "@bufbuild/protobuf/wkt";
import type { MfaAdminClient } from "@countersign/client";
import type { ProgramContext } from "../command-line/program-context.js";
import { timeOf } from "../entry-text/time-text.js";
import { operatingUser } from "../service-access/operating-user.js";
import { withService } from "../service-access/with-service.js";
import { CALLER, type UserFlags } from "./show.js";

export interface ActFlags extends UserFlags {
  readonly reason: string;
  readonly actor: string | undefined;
}

interface ActRequest {
  readonly userId: string;
  readonly reason: string;
  readonly actor: string;
}

/** An administrative act, and how it is reported. */
interface Act {
  /** For programs. */
  readonly event: "reset" | "unlock" | "erase";
  readonly told: string;
  readonly call: (
    admin: MfaAdminClient,
    request: ActRequest,
  ) => Promise<{ readonly time: Timestamp | undefined; readonly userUnknown: boolean }>;
}

const RESET: Act = {
  event: "reset",
  told: "MFA is reset: the user can enrol anew",
  call: async (admin, request) => {
    const { resetTime: time, userUnknown } = await admin.resetMfa(request);
    return { time, userUnknown };
  },
};

const UNLOCK: Act = {
  event: "unlock",
  told: "unlocked: the user can try again",
  call: async (admin, request) => {
    const { unlockTime: time, userUnknown } = await admin.unlockUser(request);
    return { time, userUnknown };
  },
};

const ERASE: Act = {
  event: "erase",
  told: "erased: what the audit log keeps names a pseudonym",
  call: async (admin, request) => {
    const { eraseTime: time, userUnknown } = await admin.eraseUser(request);
    return { time, userUnknown };
  },
};

type RunAct = (context: ProgramContext, flags: ActFlags, userId: string) => Promise<number>;

export const runReset: RunAct = (context, flags, userId) => run(RESET, context, flags, userId);
export const runUnlock: RunAct = (context, flags, userId) => run(UNLOCK, context, flags, userId);
export const runErase: RunAct = (context, flags, userId) => run(ERASE, context, flags, userId);

/** Exit code 1 for an unknown user, although the audit log has the act, because another user was probably meant. */
async function run(act: Act, ...[context, flags, userId]: Parameters<RunAct>): Promise<number> {
  const { reason, actor = operatingUser(context.env) ?? "", json } = flags;
  return withService({ context, flags, caller: CALLER }, async ({ admin }) => {
    const { time, userUnknown } = await act.call(admin, { userId, reason, actor });
    const facts = {
      event: act.event,
      user: userId,
      time: timeOf(time),
      actor: actor === "" ? undefined : actor,
    };
    if (json === true) context.print(JSON.stringify({ ...facts, unknown: userUnknown }));
    else if (!userUnknown) context.print(`${userId}: ${act.told}`);
    if (userUnknown)
      context.note(`countersign: there is no user ${userId}: nothing was changed; the id may be mistyped`);
    return userUnknown ? 1 : 0;
  });
}
