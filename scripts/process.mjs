import { spawn } from "node:child_process";
import { constants } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

export const root = dirname(dirname(fileURLToPath(import.meta.url)));

/** The path of a tool that the workspace installs. */
export const tool = (name) => join(root, "node_modules", ".bin", name);

const children = new Set();
const signals = ["SIGINT", "SIGTERM", "SIGHUP"];

function stop(signal) {
  for (const child of children) process.kill(-child.pid, "SIGKILL");
  process.exit(128 + constants.signals[signal]);
}

/** While `work` runs, a signal ends every child with all its own children, then this process. */
export async function stoppingOnSignals(work) {
  for (const signal of signals) process.on(signal, stop);
  try {
    return await work();
  } finally {
    for (const signal of signals) process.off(signal, stop);
  }
}

/**
 * Runs a command in the checkout and collects what it prints, both streams in order.
 * Each command leads a process group, so that stopping it also stops what npx or a shell started.
 */
export function run(command, args, options = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      cwd: root,
      stdio: ["ignore", "pipe", "pipe"],
      detached: true,
      ...options,
    });
    let output = "";
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding("utf8").on("data", (text) => {
        output += text;
      });
    child.once("spawn", () => children.add(child));
    child.once("error", reject);
    child.once("close", (code) => {
      children.delete(child);
      resolve({ ok: code === 0, output });
    });
  });
}

/** Runs a command that has to succeed; its output becomes the error message if it fails. */
export async function mustRun(command, args, options) {
  const { ok, output } = await run(command, args, options);
  if (!ok) throw new Error(`${command} ${args.join(" ")} failed:\n${output.trimEnd()}`);
  return output;
}

/** Progress goes to stderr: the standard output of `npm start -- config print` is the service's own. */
export const say = (line) => process.stderr.write(`${line}\n`);

/** Seconds since a `performance.now()`, as shown to people. */
export const secondsSince = (start) => `${((performance.now() - start) / 1000).toFixed(1)} s`;
