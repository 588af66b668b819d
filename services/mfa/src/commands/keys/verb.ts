import type { ParseArgsConfig } from "node:util";
import type { KeysConfig } from "../../config/commands/keys-config.js";

/** What any of the key commands may be told. Each names those that it understands. */
export const OPTIONS = {
  dir: { type: "string" },
  json: { type: "boolean" },
  id: { type: "string" },
  "settle-seconds": { type: "string" },
  "batch-size": { type: "string" },
  "metrics-file": { type: "string" },
  "without-database": { type: "boolean" },
  "lose-backup-codes": { type: "boolean" },
  "lose-audit-proof": { type: "boolean" },
} as const satisfies ParseArgsConfig["options"];

export type OptionName = keyof typeof OPTIONS;

export type OptionValues = {
  readonly [Name in OptionName]?: (typeof OPTIONS)[Name]["type"] extends "string" ? string : boolean;
};

/** What a command runs with. */
export interface KeyContext {
  readonly config: KeysConfig;
  readonly now: () => Date;
  /** Results, for people and pipes. */
  readonly print: (line: string) => void;
  /** Progress and advice, which no pipe wants. */
  readonly note: (line: string) => void;
  readonly options: OptionValues;
  /** The key id or file that the command is about; empty for a command that takes none. */
  readonly operand: string;
}

export interface Verb {
  /** The operand's name in the usage. */
  readonly operand?: "ID" | "FILE";
  readonly options: readonly OptionName[];
  readonly does: string;
  /** Answers the exit code. Throws what main explains. */
  readonly run: (context: KeyContext) => Promise<number>;
}

/** The folder that the command is about. */
export function folderOf({ config, options }: KeyContext): string {
  const folder = options.dir ?? config.keyRingDir;
  if (folder === undefined) throw new Error("no folder of keys: set KEY_RING_DIR or give --dir");
  return folder;
}

/** A whole number that an option gives, or the default. */
export function wholeNumber(
  { options }: KeyContext,
  name: "settle-seconds" | "batch-size",
  fallback: number,
): number {
  const text = options[name];
  if (text === undefined) return fallback;
  if (!/^[0-9]{1,6}$/.test(text)) throw new Error(`--${name} must be a whole number`);
  return Number(text);
}
