/** One call as its caller saw it: between these moments it took effect atomically, or the store broke its contract. */
export interface Operation<Call> {
  readonly call: Call;
  readonly start: number;
  readonly end: number;
}

/** What a call that was answered so does to a state; undefined where no such state may give this answer. */
export type Step<State, Call> = (state: State, call: Call) => State | undefined;

/**
 * Whether some order of the calls, in which none that ended before another began comes after it, explains every answer (Wing and Gong's
 * search, with states seen before remembered). `keyOf` tells states apart.
 */
export function isLinearizable<State, Call>(
  operations: readonly Operation<Call>[],
  {
    initial,
    step,
    keyOf,
  }: {
    readonly initial: State;
    readonly step: Step<State, Call>;
    readonly keyOf: (state: State) => string;
  },
): boolean {
  const sorted = [...operations].sort((a, b) => a.start - b.start);
  const seen = new Set<string>();
  /** `done`: which of them have taken effect, as bits. */
  function search(done: bigint, state: State): boolean {
    if (done === (1n << BigInt(sorted.length)) - 1n) return true;
    const key = `${done} ${keyOf(state)}`;
    if (seen.has(key)) return false;
    seen.add(key);
    let earliestEnd = Number.POSITIVE_INFINITY;
    for (const [index, { start, end }] of sorted.entries()) {
      if ((done >> BigInt(index)) & 1n) continue;
      if (start > earliestEnd) break;
      earliestEnd = Math.min(earliestEnd, end);
    }
    for (const [index, { call, start }] of sorted.entries()) {
      if ((done >> BigInt(index)) & 1n) continue;
      if (start > earliestEnd) break;
      const next = step(state, call);
      if (next !== undefined && search(done | (1n << BigInt(index)), next)) return true;
    }
    return false;
  }
  return search(0n, initial);
}
