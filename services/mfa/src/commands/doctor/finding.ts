/** What a look at one thing showed. `failed` keeps the service from doing its work; `warning` does not, or not yet. */
export interface Finding {
  readonly level: "ok" | "warning" | "failed";
  /** What was looked at, in a word. */
  readonly about: string;
  /** What was found, and what to do about it. Holds no secret. */
  readonly text: string;
}

/** Looks at things one by one. May throw: what it had not found by then is one failure. */
export type Check = () => AsyncIterable<Finding> | Iterable<Finding>;

/** The findings of a check about one thing, under its name. */
export function findingsOf(about: string): Record<Finding["level"], (text: string) => Finding> {
  const finding = (level: Finding["level"]) => (text: string) => ({ level, about, text });
  return { ok: finding("ok"), warning: finding("warning"), failed: finding("failed") };
}
