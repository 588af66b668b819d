import { execFileSync, spawnSync } from "node:child_process";
import { availableParallelism } from "node:os";

export type Core = number | "any";

/** Which core does what: the server under test has the first to itself; the databases and the load client share the next. */
export const SERVER_CORE = 0;
export const OTHER_CORE = 1;
/** Of a second server beside the first: a core of its own where there is one. */
export const SECOND_SERVER_CORE = availableParallelism() > 2 ? 2 : SERVER_CORE;

/** Whether processes can be kept on cores of their own here. */
export const canPin = availableParallelism() > 1 && spawnSync("taskset", ["--version"]).status === 0;

/** The command that runs another one on a core. */
export function onCore(core: Core, command: readonly [string, ...string[]]): readonly [string, ...string[]] {
  return canPin && core !== "any" ? ["taskset", "-c", String(core), ...command] : command;
}

/** Moves a running process, with all its threads and the children to come, to a core. */
export function moveToCore(pid: number, core: number): void {
  if (canPin) execFileSync("taskset", ["-a", "-c", "-p", String(core), String(pid)], { stdio: "ignore" });
}
