/** How far the clock may be ahead of real time. */
export const MOST_AHEAD_SECONDS = 366 * 24 * 60 * 60;

/** Runs as real time does, ahead of it by what it was moved. It never goes back: replay counters and lock ends only grow. */
export interface MovableClock {
  /** Milliseconds since 1970. */
  readonly nowMs: () => number;
  /** Moves on by whole seconds above 0. Answers false, and moves nothing, where that were more than MOST_AHEAD_SECONDS in all. */
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
