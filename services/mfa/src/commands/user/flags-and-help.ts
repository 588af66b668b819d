import { parseAdministrator } from "../../domain/admin/administrator.js";
import { METHODS } from "../../domain/factor/method.js";
import type { Parsed } from "../../domain/parsed.js";
import { parseUserId } from "../../domain/user-id.js";
import { defineCommand, defineGroup } from "../command-line/define-command.js";
import { JSON_FLAG, numberFlag, REASON_FLAG, switchFlag, textFlag, time } from "../command-line/flags.js";
import { ACCESS_FLAGS } from "../service-access/access-flags.js";
import type { ActFlags } from "./act.js";
import type { AuditFlags } from "./audit.js";
import type { UserFlags } from "./show.js";

const USER = {
  kind: "tuple",
  parameters: [{ brief: "The user's id", parse: user, placeholder: "user" }],
} as const;

const ASKED = { ...ACCESS_FLAGS, json: JSON_FLAG } as const;
const ANSWERED = { 0: "answered", 1: "the user is unknown, or the command failed" } as const;

const DONE = { 0: "done", 1: "the user is unknown, or the command failed" } as const;
const ACT = {
  ...ASKED,
  reason: REASON_FLAG,
  actor: {
    kind: "parsed",
    optional: true,
    parse: actor,
    placeholder: "NAME",
    brief: "Who asks for it, for the audit log; by default the account at the terminal",
  },
} as const;

const BOUND = { kind: "parsed", optional: true, parse: time, placeholder: "TIME" } as const;

const show = defineCommand<UserFlags, [string]>({
  brief: "Show what a user has enrolled, and whether codes are refused",
  description:
    "Show what a user has enrolled, and whether codes are refused. Over --url it needs the role status.",
  examples: [
    ["user show alice", "asks the stores"],
    [
      "user show alice --url https://countersign.internal --token-file /run/secrets/token --json",
      "asks the service, for a program",
    ],
  ],
  exitCodes: { 0: "answered", 1: "the command failed" },
  parameters: { flags: ASKED, positional: USER },
  load: async () => (await import("./show.js")).runShow,
});

const why = defineCommand<UserFlags, [string]>({
  brief: "Say why a user cannot log in or gets no codes",
  description:
    "Say why a user cannot log in or gets no codes, as far as status and audit log tell. Over --url it needs the roles status and auditor; without auditor it says what is wrong, and not how it came about.",
  examples: [
    ["user why alice", "says, for instance: locked until 13:04:05 UTC after 3 wrong codes from 203.0.113.9"],
    [
      "user why alice --url https://countersign.internal --cert desk.crt --key desk.key --ca ca.crt",
      "asks the service by client certificate",
    ],
  ],
  exitCodes: ANSWERED,
  parameters: { flags: ASKED, positional: USER },
  load: async () => (await import("./why.js")).runWhy,
});

const unlock = defineCommand<ActFlags, [string]>({
  brief: "Let a locked user try again",
  description:
    "Let a locked user try again: clears locks and counts of wrong codes, and changes no factor. Whoever guessed gets as many guesses again. Over --url it needs the role support.",
  examples: [["user unlock alice --reason 'ticket 4711, called back'", "unlocks alice"]],
  exitCodes: DONE,
  parameters: { flags: ACT, positional: USER },
  load: async () => (await import("./act.js")).runUnlock,
});

const reset = defineCommand<ActFlags, [string]>({
  brief: "Disable MFA for a user who has lost the factor",
  description:
    "Disable MFA for a user who has lost the factor: erases factor, backup codes and locks, and tells the user. Verify first who asks. Over --url it needs the role support.",
  examples: [
    ["user reset alice --reason 'lost phone, ticket 4711'", "lets alice enrol anew"],
    ["user reset alice --reason 'lost phone, ticket 4711' --actor jdoe", "names who decided"],
  ],
  exitCodes: DONE,
  parameters: { flags: ACT, positional: USER },
  load: async () => (await import("./act.js")).runReset,
});

const erase = defineCommand<ActFlags, [string]>({
  brief: "Erase all that is kept about a user; the audit log keeps a pseudonym",
  description:
    "Erase all that is kept about a user; the audit log keeps its entries under a pseudonym. It cannot be undone. Neither the reason nor the actor may name the user. Over --url it needs the role erasure.",
  examples: [["user erase alice --reason 'account closed, ticket 4712'", "erases alice"]],
  exitCodes: DONE,
  parameters: { flags: ACT, positional: USER },
  load: async () => (await import("./act.js")).runErase,
});

const audit = defineCommand<AuditFlags, [string]>({
  brief: "List what the audit log says of a user, newest first",
  description:
    "List what the audit log says of a user, newest first, without reads of status and entries. The listing is an entry itself. Over --url it needs the role auditor.",
  examples: [
    ["user audit alice", "lists the newest 50 entries"],
    ["user audit alice --from 2026-11-23T00:00:00Z --limit 1000 --json", "lists more of them, for a program"],
    ["user audit alice --reason INVALID_CODE --ip-address 203.0.113.9", "lists wrong codes from one address"],
  ],
  exitCodes: ANSWERED,
  parameters: {
    flags: {
      ...ASKED,
      from: { ...BOUND, brief: "Only entries from this time on, such as 2026-11-23T00:00:00Z" },
      to: { ...BOUND, brief: "Only entries before this time" },
      action: textFlag("NAME", "Only entries of this action, such as verify_code"),
      reason: textFlag("NAME", "Only entries with this reason, such as INVALID_CODE or DELIVERY_FAILED"),
      caller: textFlag("NAME", "Only entries of this calling service, or command such as 'countersign user'"),
      method: {
        kind: "enum",
        values: METHODS,
        optional: true,
        brief: "Only entries about this method",
      },
      ipAddress: textFlag("ADDRESS", "Only entries with this address of the user's device"),
      reads: switchFlag("Also list reads of the user's status and of these entries"),
      limit: numberFlag("Entries at most, 1 to 1000; 50 by default", { min: 1, max: 1_000 }),
    },
    positional: USER,
  },
  load: async () => (await import("./audit.js")).runAudit,
});

export const userCommands = defineGroup(
  {
    brief: "Look at one user, unlock, reset or erase the user",
    description:
      "For support: look at one user, unlock, reset or erase the user. docs/support.md says which command helps when.",
  },
  { show, why, audit, unlock, reset, erase },
);

function user(text: string): string {
  return orProblem(parseUserId(text));
}

/** Empty for no user. */
function actor(text: string): string {
  return orProblem(parseAdministrator(text)) ?? "";
}

function orProblem<T>(parsed: Parsed<T>): T {
  if (parsed.ok) return parsed.value;
  throw new Error(parsed.problem);
}
