import { buildChoiceParser, type RouteMap } from "@stricli/core";
import { auditCommands } from "./audit/flags-and-help.js";
import { defineCommand, defineGroup } from "./command-line/define-command.js";
import { JSON_FLAG, switchFlag, textFlag } from "./command-line/flags.js";
import type { ProgramContext } from "./command-line/program-context.js";
import { SHELLS, type Shell } from "./completion/completion-script.js";
import { CHECK_NAMES, parseCheckNames } from "./doctor/check-name.js";
import type { DoctorFlags } from "./doctor.js";
import { exportCommand, importCommand } from "./import-export/flags-and-help.js";
import { keyCommands } from "./keys/flags-and-help.js";
import type { MigrateFlags } from "./migrate.js";
import type { TryFlags } from "./try/try.js";
import { userCommands } from "./user/flags-and-help.js";
import { watchCommand } from "./watch/flags-and-help.js";

type None = object;
interface JsonFlags {
  readonly json: boolean | undefined;
}

const serve = defineCommand<None>({
  brief: "Run the service; the default without a command",
  description:
    "Run the service until SIGTERM or SIGINT, then drain. SIGHUP rereads keys, certificates, callers and the policy. Without a command, this one runs.",
  examples: [
    ["serve", "serves as the environment says; docs/configuration.md lists the variables"],
    ["", "does the same"],
  ],
  exitCodes: { 0: "drained after a signal", 1: "could not start, or ended by a fatal error" },
  parameters: {},
  load: async () => (await import("./serve/serve.js")).runServe,
});

const tryLogin = defineCommand<TryFlags>({
  brief: "Enrol a user, log in and show each call; for development",
  description:
    "Enrol a user, log in and show each call, request and answer. It calls the service that runs on HOST and PORT; where none does, it starts one in memory that ends with it.",
  examples: [
    ["try", "calls the service that runs on this machine, or starts one"],
    ["try --url http://127.0.0.1:50051", "calls that service"],
  ],
  exitCodes: { 0: "every call was answered as it should be", 1: "one was not, or there is no service" },
  parameters: { flags: { url: textFlag("URL", "Base URL of the service to call") } },
  load: async () => (await import("./try/try.js")).runTry,
});

const migrate = defineCommand<MigrateFlags>({
  brief: "Bring the database schema up to date",
  description:
    "Bring the database schema up to date, as the role of MIGRATE_DATABASE_URL, or of DATABASE_URL where that is not set. Safe to run several times in parallel.",
  examples: [
    ["migrate --runtime-role countersign_app", "migrates, and gives the role that serves its rights"],
    ["migrate --check", "changes nothing and says whether this program can serve"],
  ],
  exitCodes: {
    0: "done; with --check, this program can serve on the schema",
    1: "the command failed",
    3: "with --check: this program cannot serve on the schema, which is behind or too new",
  },
  parameters: {
    flags: {
      check: switchFlag("Change nothing; say whether this program can serve on the schema"),
      runtimeRole: textFlag("NAME", "Role to give the rights that serving needs, and no others"),
      json: JSON_FLAG,
    },
  },
  load: async () => (await import("./migrate.js")).runMigrate,
});

const configCommands = defineGroup(
  { brief: "Check the configuration, or show it without its secrets" },
  {
    check: defineCommand<JsonFlags>({
      brief: "Check whether the service would start on this configuration",
      description:
        "Check whether the service would start on this configuration: variables, their files and the keys. It reaches no store and no provider; doctor does.",
      examples: [
        ["config check", "prints every problem and warning, and what to do"],
        ["config check --json", "prints a line of JSON for each, for a program"],
      ],
      exitCodes: { 0: "the service would start; there may be warnings", 1: "the command failed" },
      parameters: { flags: { json: JSON_FLAG } },
      load: async () => (await import("./config/check.js")).runConfigCheck,
    }),
    print: defineCommand<JsonFlags & { readonly all: boolean | undefined }>({
      brief: "Print the effective settings and their sources, without secrets",
      examples: [
        ["config print", "prints what differs from the defaults"],
        ["config print --all --json", "prints everything, for a program"],
      ],
      exitCodes: { 0: "printed", 1: "the command failed" },
      parameters: {
        flags: { all: switchFlag("Also print settings that have their default"), json: JSON_FLAG },
      },
      load: async () => (await import("./config/print.js")).runConfigPrint,
    }),
  },
);

const doctor = defineCommand<DoctorFlags>({
  brief: "Try everything that the service needs, change nothing, and say what is wrong",
  examples: [
    ["doctor", "checks with the environment of serve"],
    ["doctor --only postgres,redis", "checks the stores alone"],
    ["doctor --json", "prints a line of JSON for each finding and one with the counts, for a program"],
  ],
  exitCodes: { 0: "nothing failed; there may be warnings", 1: "something failed" },
  parameters: {
    flags: {
      only: {
        kind: "parsed",
        optional: true,
        parse: parseCheckNames,
        proposeCompletions: () => CHECK_NAMES,
        placeholder: "CHECK,...",
        brief: `Checks with commas between them, of ${CHECK_NAMES.join(", ")}; all by default`,
      },
      json: JSON_FLAG,
    },
  },
  load: async () => (await import("./doctor.js")).runDoctor,
});

const healthcheck = defineCommand<None>({
  brief: "Ask whether the service on this machine is live",
  description:
    "Ask /livez on the admin port of this machine, for probes that cannot send HTTP requests themselves.",
  examples: [["healthcheck", "prints one line when the service is not live"]],
  exitCodes: { 0: "the service is live", 1: "it is not; one line says why" },
  parameters: {},
  load: async () => (await import("./healthcheck.js")).runHealthcheckCommand,
});

const completion = defineCommand<None, [Shell]>({
  brief: "Print a script that completes commands and flags in bash or zsh",
  examples: [
    ["completion bash > /etc/bash_completion.d/countersign", "completes for every user of bash"],
    ["completion zsh > /usr/local/share/zsh/site-functions/_countersign", "completes for every user of zsh"],
  ],
  exitCodes: { 0: "printed", 1: "the command failed" },
  parameters: {
    positional: {
      kind: "tuple",
      parameters: [
        {
          brief: "bash or zsh",
          parse: buildChoiceParser(SHELLS),
          placeholder: "shell",
          proposeCompletions: () => SHELLS,
        },
      ],
    },
  },
  load: async () => {
    const { completionScript } = await import("./completion/completion-script.js");
    return (context, _, shell) => {
      context.print(completionScript(shell));
      return 0;
    };
  },
});

const completeWords = defineCommand<None, string[]>({
  brief: "Propose words for the script of completion",
  examples: [["complete-words -- keys ro", "proposes rotate"]],
  exitCodes: { 0: "printed", 1: "the command failed" },
  parameters: {
    positional: {
      kind: "array",
      parameter: { brief: "Words up to the cursor", parse: String, placeholder: "word" },
    },
  },
  load: async () => {
    const { completeWords: complete } = await import("./completion/complete-words.js");
    return (context, _, ...words) => complete(COMMANDS, context, words);
  },
});

/** Every command of the program. */
export const COMMANDS: RouteMap<ProgramContext> = defineGroup(
  {
    brief: "Countersign, a multi-factor authentication service",
    description: `Countersign, a multi-factor authentication service.
Configuration comes from the environment; docs/configuration.md lists it, docs/commands.md these commands.`,
    hidden: ["complete-words"],
  },
  {
    serve,
    try: tryLogin,
    migrate,
    doctor,
    config: configCommands,
    keys: keyCommands,
    audit: auditCommands,
    user: userCommands,
    watch: watchCommand,
    import: importCommand,
    export: exportCommand,
    healthcheck,
    completion,
    "complete-words": completeWords,
  },
);
