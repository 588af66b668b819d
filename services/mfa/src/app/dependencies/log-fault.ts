import type { Actor } from "../../domain/audit/audit-event.js";
import type { Deps } from "./deps.js";

export type FaultLogDeps = Pick<Deps, "inBackground">;

/** Logs a fault that does not change the answer. */
export function logFault(
  deps: FaultLogDeps,
  { what, actor }: { readonly what: string; readonly actor: Actor },
  fault: unknown,
): void {
  const error = fault instanceof Error ? fault : new Error(String(fault));
  deps.inBackground(what, actor, () => Promise.reject(error));
}
