/** How long a line of one kind keeps others of its kind out. */
const PAUSE_MS = 30_000;
const MAX_KINDS = 50;

/** Whether a line of this kind is worth writing: the first, and one in half a minute. Kinds beyond fifty are forgotten, the oldest first. */
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
