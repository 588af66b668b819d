import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { rmSync } from "node:fs";
import type { SystemUser } from "./data-folder.js";

/** How to run one throw-away server. */
export interface ServerCommand {
  readonly command: readonly [string, ...string[]];
  /** Where it runs; deleted with it. */
  readonly folder: string;
  readonly user?: SystemUser | undefined;
  /** Its whole environment; by default this process's. */
  readonly env?: Readonly<Record<string, string>>;
  /** Hears all that it prints, as it comes. */
  readonly onOutput?: (text: string) => void;
  /** The signal that ends it immediately, regardless of its data. */
  readonly stopSignal: NodeJS.Signals;
}

/** A server of which this process is the owner; it never outlives its owner, however that ends. */
export interface ServerProcess extends AsyncDisposable {
  readonly pid: number;
  /** The last of what it printed. */
  output(): string;
  hasExited(): boolean;
  /** Sends a signal, for fault tests: SIGKILL is a crash, SIGSTOP a hang, SIGCONT its end. */
  signal(signal: NodeJS.Signals): Promise<void>;
  /** Kills it as a crash does. Its folder stays, for another server to start on; only disposing of that one deletes it. */
  crash(): Promise<void>;
}

/**
 * Waits on a pipe that only closes when the owner is gone, then ends the server and deletes its folder.
 * A handler in the owner could not do that: nothing runs in a process that got SIGKILL.
 */
const GUARDIAN =
  'read -r _; kill "-$1" "$2"; sleep 0.5; kill -KILL "$2"; umount -l -- "$3" 2>/dev/null; rm -rf -- "$3"';

/** Starts a server in a process group of its own, so that Ctrl-C reaches the tests first and they can end in order. */
export async function startProcess(server: ServerCommand): Promise<ServerProcess> {
  const [command, ...args] = server.command;
  const child = spawn(command, args, {
    cwd: server.folder,
    detached: true,
    stdio: ["ignore", "pipe", "pipe"],
    ...server.user,
    ...(server.env === undefined ? {} : { env: server.env }),
  });
  let output = "";
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding("utf8").on("data", (text: string) => {
      output = (output + text).slice(-8_000);
      server.onOutput?.(text);
    });
  await once(child, "spawn");
  const guardian = startGuardian(server, child);
  const hasExited = () => child.exitCode !== null || child.signalCode !== null;
  return {
    pid: child.pid ?? 0,
    output: () => output,
    hasExited,
    signal: async (signal) => {
      child.kill(signal);
      await Promise.resolve();
    },
    async crash() {
      const exited = hasExited() ? undefined : once(child, "exit");
      child.kill("SIGKILL");
      await exited;
      guardian.kill("SIGKILL");
    },
    async [Symbol.asyncDispose]() {
      child.kill(server.stopSignal);
      const impatience = setTimeout(() => void child.kill("SIGKILL"), 5_000);
      if (!hasExited()) await once(child, "exit");
      clearTimeout(impatience);
      guardian.kill("SIGKILL");
      rmSync(server.folder, { recursive: true, force: true });
    },
  };
}

function startGuardian(server: ServerCommand, child: ChildProcess): ChildProcess {
  const args = [server.stopSignal.slice("SIG".length), String(child.pid), server.folder];
  return spawn("sh", ["-c", GUARDIAN, "guardian", ...args], {
    detached: true,
    stdio: ["pipe", "ignore", "ignore"],
  });
}
