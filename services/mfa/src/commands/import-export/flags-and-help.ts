import { defineCommand } from "../command-line/define-command.js";
import { JSON_FLAG, numberFlag, REASON_FLAG, switchFlag, textFlag } from "../command-line/flags.js";
import type { ExportFlags, ImportFlags } from "./arguments.js";

/** With twenty backup codes each, so many users stay within the 65,535 parameters that a statement of Postgres takes. */
const BATCH = { min: 1, max: 500 };

export const importCommand = defineCommand<ImportFlags, [string]>({
  brief: "Enrol the users of a CSV or JSONL file",
  description:
    "Enrol the users of a CSV or JSONL file, sealed by age or not. May be killed, repeated, and run several times in parallel. docs/import-export.md describes the file.",
  examples: [
    [
      "import users.csv --reason 'move from Old, ticket 4711' --dry-run",
      "judges every line and changes nothing",
    ],
    ["import users.jsonl.age --identity key.txt --reason 'ticket 4713'", "opens a sealed file"],
    ["import - --format jsonl --reason 'ticket 4711' --json", "reads standard input, reports to a program"],
  ],
  exitCodes: { 0: "every line is in", 1: "lines were refused, or the command failed" },
  parameters: {
    flags: {
      reason: REASON_FLAG,
      dryRun: switchFlag("Judge every line and change nothing"),
      format: {
        kind: "enum",
        values: ["csv", "jsonl"],
        optional: true,
        brief: "Format, if the file's name does not say",
      },
      identity: textFlag(
        "FILE",
        "File of the age identity that opens a sealed file, as age-keygen writes it",
      ),
      batchSize: numberFlag("Users in one transaction, 1 to 500; 200 by default", BATCH),
      json: JSON_FLAG,
    },
    positional: {
      kind: "tuple",
      parameters: [{ brief: "File of users, or - for standard input", parse: String, placeholder: "file" }],
    },
  },
  load: async () => (await import("./import.js")).runImport,
});

export const exportCommand = defineCommand<ExportFlags>({
  brief: "Write every user's factor, sealed by age for a recipient",
  examples: [
    [
      "export --recipient age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p --reason 'we leave' --output users.jsonl.age",
      "writes a file that this recipient alone can open",
    ],
  ],
  exitCodes: {
    0: "every user is written",
    1: "a factor does not open and is left out, or the command failed",
  },
  parameters: {
    flags: {
      reason: REASON_FLAG,
      recipient: {
        kind: "parsed",
        parse: String,
        variadic: true,
        placeholder: "age1...",
        brief: "Recipient of the file; may be given up to 10 times",
      },
      output: textFlag("FILE", "File that does not exist yet; standard output by default"),
      batchSize: numberFlag("Users read at a time, 1 to 500; 200 by default", BATCH),
    },
  },
  load: async () => (await import("./export.js")).runExport,
});
