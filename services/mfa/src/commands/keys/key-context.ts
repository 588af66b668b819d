import type { KeysConfig } from "../../config/commands/keys-config.js";
import type { ProgramContext } from "../command-line/program-context.js";

/** Flags of the key commands. Each command's definition says which of them it takes. */
export interface KeyOptions {
  readonly dir?: string | undefined;
  readonly json?: boolean | undefined;
  readonly id?: string | undefined;
  /** In seconds. */
  readonly settleSeconds?: number | undefined;
  readonly batchSize?: number | undefined;
  readonly metricsFile?: string | undefined;
  readonly withoutDatabase?: boolean | undefined;
  readonly loseBackupCodes?: boolean | undefined;
  readonly loseAuditProof?: boolean | undefined;
}

/** The environment of a key command. */
export interface KeyContext extends Pick<ProgramContext, "now" | "print" | "note"> {
  readonly config: KeysConfig;
  readonly options: KeyOptions;
  /** The key id or file that the command is about; empty for a command that takes none. */
  readonly operand: string;
}

/** Returns the exit code. Throws if the command cannot do its work. */
export type KeyCommand = (context: KeyContext) => Promise<number>;

/** The folder that the command is about. */
export function folderOf({ config, options }: KeyContext): string {
  const folder = options.dir ?? config.keyRingDir;
  if (folder === undefined) throw new Error("no key folder: set KEY_RING_DIR or give --dir");
  return folder;
}

/** Prints what a command did: one line of JSON for a program, or one line for a person. */
export function report({ options, print }: KeyContext, facts: object, line: string): void {
  print(options.json === true ? JSON.stringify(facts) : line);
}
