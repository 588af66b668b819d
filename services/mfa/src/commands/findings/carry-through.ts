import { explain } from "./explain.js";
import { type Finding, type Findings, findingsOf } from "./finding.js";

/** The findings of a check, followed by the cause if it could not continue: a failed check must not hide the results of the others. */
export async function* carryThrough(
  about: string,
  findings: Findings,
  level: "failed" | "fatal",
): AsyncIterable<Finding> {
  try {
    yield* findings;
  } catch (error) {
    for (const problem of explain(error)) yield findingsOf(about)[level](problem);
  }
}
