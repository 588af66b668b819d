import { explain } from "./explain.js";
import { type Finding, type Findings, findingsOf } from "./finding.js";

/** The findings of a check, and as the last ones why it could not go on: what one thing lacks must not hide how the others are. */
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
