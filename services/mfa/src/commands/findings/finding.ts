/** `fatal` prevents a server from starting, `failed` from working; a `warning` does neither, or not yet. */
type Level = "ok" | "warning" | "failed" | "fatal";

/** The result of one check. */
export interface Finding {
  readonly level: Level;
  /** What was checked, in one word. */
  readonly about: string;
  /** What was found. Holds no secret. */
  readonly text: string;
  /** The remedy: a command, or what to set. */
  readonly remedy?: string;
}

/** How many findings there were of each level. */
export type Counts = Readonly<Record<Level, number>>;

/** The results of a check. May throw: what was not checked by then is one failure. */
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
