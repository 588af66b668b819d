import type { Actor } from "../../domain/audit/audit-event.js";
import type { Deps } from "../dependencies/deps.js";

/** Leaves a fault that changes nothing about the answer to the log. */
export function logFault(
  deps: Deps,
  { what, actor }: { readonly what: string; readonly actor: Actor },
  fault: unknown,
): void {
  const error = fault instanceof Error ? fault : new Error(String(fault));
  deps.inBackground(what, actor, () => Promise.reject(error));
}
