const MAX_EDITS = 2;
const MIN_LENGTH = 6;

/**
 * The known name that was probably meant: at most two letters wrong, missing or added. Names of five letters or fewer are neither corrected nor
 * suggested: REPORT is no misspelt PORT.
 */
export function closestName(given: string, known: readonly string[]): string | undefined {
  if (given.length < MIN_LENGTH) return undefined;
  const near = known.filter(
    (name) => name.length >= MIN_LENGTH && Math.abs(name.length - given.length) <= MAX_EDITS,
  );
  const ranked = near.map((name) => ({ name, edits: editDistance(given, name) }));
  const best = ranked.sort((a, b) => a.edits - b.edits)[0];
  return best !== undefined && best.edits <= MAX_EDITS ? best.name : undefined;
}

/** Levenshtein distance, one row at a time. */
function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 0; i < a.length; i++) {
    const next = [i + 1];
    for (let j = 0; j < b.length; j++) {
      const replaced = (row[j] ?? 0) + (a[i] === b[j] ? 0 : 1);
      next.push(Math.min(replaced, (row[j + 1] ?? 0) + 1, (next[j] ?? 0) + 1));
    }
    row = next;
  }
  return row[b.length] ?? a.length;
}
