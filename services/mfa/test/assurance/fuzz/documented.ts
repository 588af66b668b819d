import { readFileSync } from "node:fs";
import { Code } from "@connectrpc/connect";

const page = readFileSync(new URL("../../../../../docs/api/reasons.md", import.meta.url), "utf8");

/** The status that docs/api/reasons.md gives each reason of an error, such as `INVALID_ARGUMENT`. */
const STATUS_OF_REASON: ReadonlyMap<string, string> = new Map(
  [...(page.split("## Refusals")[0] ?? "").matchAll(/^\| `([A-Z_]+)` \| `([A-Z_]+)` \|/gm)].map(
    ([, reason = "", status = ""]) => [reason, status],
  ),
);

/** `InvalidArgument` and 3 as `INVALID_ARGUMENT`. */
export function statusName(code: number): string {
  return (Code[code] ?? `CODE_${code}`).replace(/(?<=[a-z])(?=[A-Z])/g, "_").toUpperCase();
}

/** Stores that are there are called away: on a machine that does much else one may miss its limit, but not for the same input again. */
export const STORES_AWAY = "error STORE_UNAVAILABLE";

/** What a fuzzed call must not end with: something unforeseen, or stores that are there being called away. */
const NEVER = new Set(["INTERNAL", "STORE_UNAVAILABLE"]);

/** What is wrong with an error of this reason and status; undefined if it is as documented. */
export function undocumented(reason: string, status: string): string | undefined {
  if (NEVER.has(reason)) return `error ${reason}`;
  const documented = STATUS_OF_REASON.get(reason);
  if (documented === undefined) return `undocumented reason "${reason}" with ${status}`;
  return documented === status ? undefined : `${reason} with ${status}, not ${documented}`;
}
