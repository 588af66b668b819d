/** A fault that was in force from one moment to another. Times are those of `performance.now()`. */
export interface Interval {
  readonly fault: string;
  readonly from: number;
  to: number;
  /** When every replica answered again. */
  resumed: number;
}

/** When which fault was in force. Everything that a call may answer because of a fault is judged by it. */
export class Timeline {
  readonly intervals: Interval[] = [];
  readonly #wipes: number[] = [];

  begin(fault: string): void {
    this.intervals.push({
      fault,
      from: performance.now(),
      to: Number.POSITIVE_INFINITY,
      resumed: Number.POSITIVE_INFINITY,
    });
  }

  /** The newest fault is over: what it broke works again, by itself. */
  end(): void {
    const last = this.intervals.at(-1);
    if (last !== undefined) last.to = performance.now();
  }

  /** Service has resumed after the newest fault. */
  resume(): void {
    const last = this.intervals.at(-1);
    if (last !== undefined) last.resumed = performance.now();
  }

  /** Whether service was disturbed at any time between two moments. */
  disturbed(from: number, to: number): boolean {
    return this.intervals.some((each) => each.from <= to && each.resumed >= from);
  }

  /** Redis has lost all that it held. */
  wiped(): void {
    this.#wipes.push(performance.now());
  }

  wipedSince(moment: number): boolean {
    return this.#wipes.some((wipe) => wipe >= moment);
  }

  /** The faults that were in force between two moments, or ended at most `afterMs` before. */
  between(from: number, to: number, afterMs = 0): readonly Interval[] {
    return this.intervals.filter((each) => each.from <= to && each.to + afterMs >= from);
  }
}
