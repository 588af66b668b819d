/** How long one line suppresses others of its kind. */
const PAUSE_MS = 30_000;
const MAX_KINDS = 50;

/** Whether to write a line of this kind: the first, and one per half minute. Beyond fifty kinds, the oldest is forgotten. */
export function createSparseLines(clock: () => number): (kind: string) => boolean {
  const last = new Map<string, number>();
  return (kind) => {
    const now = clock();
    const before = last.get(kind);
    if (before !== undefined && now - before < PAUSE_MS) return false;
    last.delete(kind);
    last.set(kind, now);
    const [oldest] = last.keys();
    if (last.size > MAX_KINDS && oldest !== undefined) last.delete(oldest);
    return true;
  };
}
