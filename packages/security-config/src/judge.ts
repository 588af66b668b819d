import { type ConfigProblem, type ConfigSource, printableValue } from "@countersign/settings";
import type { Candidate, Layer } from "./candidate.js";

/** A value that its schema accepted, and its source. */
export interface Settled {
  readonly value: unknown;
  readonly source: ConfigSource;
}

export type SettledValues = ReadonlyMap<string, Settled>;

export interface Judgement {
  /** The last good value of each setting that was given, by path. */
  readonly settled: SettledValues;
  readonly problems: readonly ConfigProblem[];
}

/** Validates every candidate, even one that a later source overrides: a leftover invalid value could come back. */
export function judge(layer: Layer): Judgement {
  const settled = new Map<string, Settled>();
  const problems = [...layer.problems];
  for (const candidate of layer.candidates) {
    const { setting, value, source } = candidate;
    const verdict = setting.field.schema.safeParse(value);
    if (verdict.success) settled.set(setting.path, { value: verdict.data, source });
    else problems.push(...problemsOf(candidate, verdict.error.issues));
  }
  return { settled, problems };
}

interface Issue {
  readonly path: readonly PropertyKey[];
  readonly message: string;
}

function problemsOf(candidate: Candidate, issues: readonly Issue[]): readonly ConfigProblem[] {
  const { setting, value, source, quotable } = candidate;
  const byText = new Map<string, ConfigProblem>();
  for (const issue of issues) {
    const index = issue.path[0];
    const culprit: unknown = Array.isArray(value) && typeof index === "number" ? value[index] : value;
    const quote = quotable && setting.field.kind !== "secret" ? `; got ${printableValue(culprit)}` : "";
    const path = typeof index === "number" ? `${setting.path}[${index}]` : setting.path;
    // Two rules of one schema may have the same message.
    byText.set(`${path} ${issue.message}`, { path, source, message: `${issue.message}${quote}` });
  }
  return [...byText.values()];
}
