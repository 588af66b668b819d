import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";

/** `npm test` compiles it first. */
export const MAIN = fileURLToPath(new URL("../../dist/main.js", import.meta.url));

export interface Command {
  readonly child: ChildProcess;
  /** What it printed so far. */
  readonly stdout: () => string;
  readonly stderr: () => string;
  /** Resolves when it has ended, with its exit code; null when a signal ended it. */
  readonly ended: () => Promise<number | null>;
}

/** Where a server says that it serves: in its log or, an earlier version, in plain words. Undefined until it does. */
export function servedUrl(output: string): string | undefined {
  return /serves\b.* on (https?:\/\/[^\s"]+)/.exec(output)?.[1];
}

/** Where a server says that it keeps the codes of development. Undefined until it does. */
export function outboxUrl(output: string): string | undefined {
  return /(http:\/\/127\.0\.0\.1:\d+\/outbox)/.exec(output)?.[1];
}

/**
 * Runs `countersign`, this one or another, as a process of its own, with this environment and no other. With "pipe", the child's `stdin`
 * feeds it.
 */
export function startCommand(
  args: readonly string[],
  env: Readonly<Record<string, string>>,
  { main = MAIN, stdin = "ignore" }: { readonly main?: string; readonly stdin?: "ignore" | "pipe" } = {},
): Command {
  const child = spawn(process.execPath, [main, ...args], { env, stdio: [stdin, "pipe", "pipe"] });
  const printed = { stdout: "", stderr: "" };
  for (const name of ["stdout", "stderr"] as const)
    child[name]?.setEncoding("utf8").on("data", (text: string) => {
      printed[name] += text;
    });
  const close = once(child, "close") as Promise<[number | null]>;
  return {
    child,
    stdout: () => printed.stdout,
    stderr: () => printed.stderr,
    ended: async () => (await close)[0],
  };
}
