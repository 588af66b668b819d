/** `fatal` keeps a server from starting, `failed` from doing its work; a `warning` does neither, or not yet. */
type Level = "ok" | "warning" | "failed" | "fatal";

/** What a look at one thing showed. */
export interface Finding {
  readonly level: Level;
  /** What was looked at, in a word. */
  readonly about: string;
  /** What was found. Holds no secret. */
  readonly text: string;
  /** What to do about it: a command, or what to set. */
  readonly remedy?: string;
}

/** How many findings there were of each level. */
export type Counts = Readonly<Record<Level, number>>;

/** Looks at one thing after the other. May throw: what it had not found by then is one failure. */
export type Findings = AsyncIterable<Finding> | Iterable<Finding>;

/** The findings of a check about one thing, under its name. */
export function findingsOf(about: string): Record<Level, (text: string, remedy?: string) => Finding> {
  const finding = (level: Level) => (text: string, remedy?: string) => ({
    level,
    about,
    text,
    ...(remedy === undefined ? {} : { remedy }),
  });
  return {
    ok: finding("ok"),
    warning: finding("warning"),
    failed: finding("failed"),
    fatal: finding("fatal"),
  };
}
