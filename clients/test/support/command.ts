import { spawn } from "node:child_process";
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";

export const ROOT = fileURLToPath(new URL("../../../", import.meta.url));

/** With buf, which a client team has in its PATH. */
const PATH = [join(ROOT, "node_modules/.bin"), process.env.PATH ?? ""].join(delimiter);

export interface Finished {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a command of the shell to its end, which `limitMs` brings about at the latest. */
export function finish(
  command: string,
  options: {
    readonly cwd: string;
    readonly limitMs: number;
    readonly settings?: Readonly<Record<string, string>>;
  },
): Promise<Finished> {
  return new Promise((resolve, reject) => {
    const child = spawn("bash", ["-c", command], {
      cwd: options.cwd,
      env: { ...process.env, PATH, ...options.settings },
      stdio: ["ignore", "pipe", "pipe"],
      timeout: options.limitMs,
    });
    const printed = { stdout: "", stderr: "" };
    for (const name of ["stdout", "stderr"] as const)
      child[name].setEncoding("utf8").on("data", (text: string) => {
        printed[name] += text;
      });
    child.once("error", reject).once("close", (code) => resolve({ code, ...printed }));
  });
}
