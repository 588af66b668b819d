import type { Deps } from "./deps.js";

/** Leaves a fault that changes nothing about the answer to the log. */
export function logFault(deps: Deps, what: string, fault: unknown): void {
  deps.inBackground(what, () => Promise.reject(fault instanceof Error ? fault : new Error(String(fault))));
}
