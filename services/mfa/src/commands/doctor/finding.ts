/** The result of one check. `failed` prevents the service from working; `warning` does not, or not yet. */
export interface Finding {
  readonly level: "ok" | "warning" | "failed";
  /** What was checked, in one word. */
  readonly about: string;
  /** What was found, and the remedy. Holds no secret. */
  readonly text: string;
}

/** Runs checks one by one. May throw: what was not checked by then is one failure. */
export type Check = () => AsyncIterable<Finding> | Iterable<Finding>;

/** The findings of a check about one thing, under its name. */
export function findingsOf(about: string): Record<Finding["level"], (text: string) => Finding> {
  const finding = (level: Finding["level"]) => (text: string) => ({ level, about, text });
  return { ok: finding("ok"), warning: finding("warning"), failed: finding("failed") };
}
