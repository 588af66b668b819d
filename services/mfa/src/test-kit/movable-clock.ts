/** How far the clock may be ahead of real time. */
export const MOST_AHEAD_SECONDS = 366 * 24 * 60 * 60;

/** Real time plus the offset that it was moved by. It never steps back: replay counters and lock ends only grow. */
export interface MovableClock {
  /** Milliseconds since 1970. */
  readonly nowMs: () => number;
  /** Advances by a positive whole number of seconds. Returns false, and does nothing, if the offset would exceed MOST_AHEAD_SECONDS. */
  readonly advance: (seconds: number) => boolean;
}

export function createMovableClock(realMs: () => number): MovableClock {
  let aheadSeconds = 0;
  return {
    nowMs: () => realMs() + aheadSeconds * 1_000,
    advance(seconds) {
      if (aheadSeconds + seconds > MOST_AHEAD_SECONDS) return false;
      aheadSeconds += seconds;
      return true;
    },
  };
}
