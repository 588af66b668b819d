import { runKeys } from "../../src/commands/keys.js";
import type { ServiceConfig } from "../../src/config/service-config.js";

export interface KeysOutput {
  readonly exitCode: number;
  /** What it printed and noted. */
  readonly printed: string;
  readonly noted: string;
}

/** Runs a key command in this process; one that throws, as main would, ends with exit code 1 and its explanation noted. */
export async function keysCommand(
  config: Partial<Pick<ServiceConfig, "keyRingDir" | "stores">>,
  args: readonly string[],
  now: () => Date = () => new Date(),
): Promise<KeysOutput> {
  const printed: string[] = [];
  const noted: string[] = [];
  const context = {
    config: {
      keyRingDir: config.keyRingDir,
      encryptionKey: undefined,
      database: config.stores?.database,
    },
    now,
    print: (line: string) => void printed.push(line),
    note: (line: string) => void noted.push(line),
  };
  const exitCode = await runKeys(args, context).catch((error: unknown) => {
    noted.push(error instanceof Error ? error.message : String(error));
    return 1;
  });
  return { exitCode, printed: printed.join("\n"), noted: noted.join("\n") };
}
