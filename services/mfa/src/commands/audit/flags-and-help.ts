import { defineCommand, defineGroup } from "../command-line/define-command.js";
import { JSON_FLAG, time } from "../command-line/flags.js";
import type { VerifyFlags } from "./verify.js";

const BOUND = { kind: "parsed", optional: true, parse: time, placeholder: "TIME" } as const;

const seal = defineCommand<{ readonly json: boolean | undefined }>({
  brief: "Sign the rows that are not signed yet",
  examples: [["audit seal", "does by hand what every replica does each minute"]],
  exitCodes: { 0: "nothing is left to sign, or another process signs it", 1: "the command failed" },
  parameters: { flags: { json: JSON_FLAG } },
  load: async () => (await import("./seal.js")).runSeal,
});

const verify = defineCommand<VerifyFlags>({
  brief: "Check every row and seal of the audit log",
  examples: [
    ["audit verify", "checks everything"],
    ["audit verify --from 2026-11-01T00:00:00Z --to 2026-12-01T00:00:00Z", "checks a month"],
    [`audit verify --anchor 4711:${"8f0c".repeat(16)}`, "also shows a log that was cut short"],
  ],
  exitCodes: { 0: "the log is whole", 1: "the log is not whole, or the command failed" },
  parameters: {
    flags: {
      from: { ...BOUND, brief: "Only rows from this time on, such as 2026-11-23T00:00:00Z" },
      to: { ...BOUND, brief: "Only rows before this time" },
      anchor: {
        kind: "parsed",
        optional: true,
        parse: anchor,
        placeholder: "NUMBER:HASH",
        brief: "A seal noted down before, which must still be there",
      },
      json: JSON_FLAG,
    },
  },
  load: async () => (await import("./verify.js")).runVerify,
});

const maintain = defineCommand<{ readonly json: boolean | undefined }>({
  brief: "Make the coming partitions and drop those past the retention, as the owner of the tables",
  examples: [["audit maintain", "connects by MIGRATE_DATABASE_URL where it is set"]],
  exitCodes: { 0: "done", 1: "expired rows are kept because they have no seal, or the command failed" },
  parameters: { flags: { json: JSON_FLAG } },
  load: async () => (await import("./maintain.js")).runMaintain,
});

export const auditCommands = defineGroup(
  {
    brief: "Sign the audit log, check it, keep its partitions",
    description:
      "Signs the audit log, checks it and keeps its partitions. docs/audit.md says when to run which.",
  },
  { seal, verify, maintain },
);

function anchor(text: string): { readonly number: number; readonly hash: string } {
  const [, number, hash] = /^([1-9][0-9]{0,14}):([0-9a-f]{64})$/.exec(text) ?? [];
  if (number !== undefined && hash !== undefined) return { number: Number(number), hash };
  throw new Error("must be NUMBER:HASH, as audit verify prints it");
}
