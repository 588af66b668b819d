import { defineCommand, defineGroup } from "../command-line/define-command.js";
import { JSON_FLAG, numberFlag, switchFlag, textFlag } from "../command-line/flags.js";
import type { ProgramContext } from "../command-line/program-context.js";
import type { KeyCommand, KeyOptions } from "./key-context.js";

const DIR = { dir: textFlag("FOLDER", "Folder of the keys, in place of KEY_RING_DIR") };
const JSON_AND_DIR = { ...DIR, json: JSON_FLAG };
const ID = {
  kind: "tuple",
  parameters: [{ brief: "Id of the key", parse: String, placeholder: "ID" }],
} as const;
const KEY_ID = textFlag("ID", "Id of the new key; a random one by default");
const SETTLE = numberFlag("Seconds since the last change to wait for; 0 when nothing runs on these keys", {
  min: 0,
  max: 999_999,
});
const LOSSES = {
  withoutDatabase: switchFlag("Do not ask the database what still needs the key"),
  loseBackupCodes: switchFlag("Give up the backup codes that are hashed with this key"),
  loseAuditProof: switchFlag("Give up the proof of audit rows that are signed with this key"),
};
const DONE_OR_REFUSED = { 0: "done", 1: "refused or failed; the reason is printed" };

/** Adds what the key commands share: the configuration, and the one operand. */
function keyCommand(load: () => Promise<KeyCommand>) {
  return async () => {
    const command = await load();
    return async (context: ProgramContext, options: KeyOptions, operand = "") =>
      command({ ...context, config: await context.configs.keys(), options, operand });
  };
}

type Options<NAMES extends keyof KeyOptions> = Pick<KeyOptions, "dir" | "json" | NAMES>;

const generate = defineCommand<Options<"id">>({
  brief: "Add a new key: active if it is the first, otherwise only for opening",
  examples: [["keys generate --dir keys", "makes the first key of a folder"]],
  exitCodes: DONE_OR_REFUSED,
  parameters: { flags: { ...JSON_AND_DIR, id: KEY_ID } },
  load: keyCommand(async () => (await import("./add.js")).generate),
});

const importKey = defineCommand<Options<never>, [string]>({
  brief: "Add the key of a file that holds an ENCRYPTION_KEY, under the id that it has there",
  examples: [["keys import /run/secrets/encryption-key --dir keys", "moves from ENCRYPTION_KEY to a folder"]],
  exitCodes: DONE_OR_REFUSED,
  parameters: {
    flags: JSON_AND_DIR,
    positional: {
      kind: "tuple",
      parameters: [{ brief: "File with the key in base64", parse: String, placeholder: "file" }],
    },
  },
  load: keyCommand(async () => (await import("./add.js")).importKey),
});

const list = defineCommand<Options<never>>({
  brief: "List the keys of the folder, without their secrets",
  examples: [["keys list --json", "lists the keys of KEY_RING_DIR for a program"]],
  exitCodes: DONE_OR_REFUSED,
  parameters: { flags: JSON_AND_DIR },
  load: keyCommand(async () => (await import("./add.js")).list),
});

const status = defineCommand<Options<never>>({
  brief: "List the keys and how many rows of the database need each",
  examples: [["keys status", "shows whether an old key can be retired"]],
  exitCodes: {
    0: "every row has its key",
    1: "rows need a key that is missing or retired, or the command failed",
  },
  parameters: { flags: JSON_AND_DIR },
  load: keyCommand(async () => (await import("./status.js")).status),
});

const rotate = defineCommand<Options<"id" | "settleSeconds">>({
  brief: "Rotate the active key, in two runs of this command",
  description:
    "Rotate the active key. The first run adds a key that only opens. The second, once every replica has read it, makes it active.",
  examples: [["keys rotate", "does the next step and prints the one after it"]],
  exitCodes: DONE_OR_REFUSED,
  parameters: { flags: { ...JSON_AND_DIR, id: KEY_ID, settleSeconds: SETTLE } },
  load: keyCommand(async () => (await import("./rotate.js")).rotate),
});

const promote = defineCommand<Options<"settleSeconds">, [string]>({
  brief: "Make this key the active one",
  examples: [["keys promote 4f1c2a9be07d3358", "seals under this key from now on"]],
  exitCodes: DONE_OR_REFUSED,
  parameters: { flags: { ...JSON_AND_DIR, settleSeconds: SETTLE }, positional: ID },
  load: keyCommand(async () => (await import("./rotate.js")).promote),
});

const rewrap = defineCommand<Options<"batchSize" | "metricsFile">>({
  brief: "Re-encrypt under the active key what other keys sealed",
  description:
    "Re-encrypt under the active key what other keys sealed. May be killed, repeated, and run several times in parallel.",
  examples: [
    ["keys rewrap", "prints its progress to standard error"],
    ["keys rewrap --json --metrics-file /var/lib/node_exporter/rewrap.prom", "reports to programs"],
  ],
  exitCodes: { 0: "nothing is left under other keys", 1: "values are left, or the command failed" },
  parameters: {
    flags: {
      ...JSON_AND_DIR,
      batchSize: numberFlag("Values in one transaction; 200 by default", { min: 1, max: 100_000 }),
      metricsFile: textFlag("FILE", "File for progress in Prometheus' text format"),
    },
  },
  load: keyCommand(async () => (await import("./rewrap.js")).rewrap),
});

const retire = defineCommand<Options<"settleSeconds" | keyof typeof LOSSES>, [string]>({
  brief: "Stop this key from opening; refused while rows need it",
  examples: [["keys retire 4f1c2a9be07d3358", "refuses, and lists what would be lost, if anything would"]],
  exitCodes: DONE_OR_REFUSED,
  parameters: { flags: { ...JSON_AND_DIR, settleSeconds: SETTLE, ...LOSSES }, positional: ID },
  load: keyCommand(async () => (await import("./retire.js")).retire),
});

const remove = defineCommand<Options<keyof typeof LOSSES>, [string]>({
  brief: "Delete this retired key for ever; refused while rows need it",
  examples: [["keys remove 4f1c2a9be07d3358", "deletes the file of a key that was retired"]],
  exitCodes: DONE_OR_REFUSED,
  parameters: { flags: { ...JSON_AND_DIR, ...LOSSES }, positional: ID },
  load: keyCommand(async () => (await import("./retire.js")).remove),
});

const abandon = defineCommand<Options<never>, [string]>({
  brief: "Serve without this key, which is lost: what it sealed never opens again",
  description:
    "Serve without this key, which is lost without a copy: until then no server is ready. What it sealed can never be decrypted again, and its users must enrol again.",
  examples: [["keys abandon 4f1c2a9be07d3358", "gives up a key that keys status lists as missing"]],
  exitCodes: DONE_OR_REFUSED,
  parameters: { flags: JSON_AND_DIR, positional: ID },
  load: keyCommand(async () => (await import("./abandon.js")).abandon),
});

export const keyCommands = defineGroup(
  {
    brief: "Make, list, rotate and remove keys, and re-encrypt under new ones",
    description:
      "Keeps the folder of keys that KEY_RING_DIR or --dir names. docs/keys.md describes a rotation.",
  },
  { generate, import: importKey, list, status, rotate, promote, rewrap, retire, remove, abandon },
);
