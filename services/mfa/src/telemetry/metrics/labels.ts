/** Bounds a label: a value that is not in the list has the one name that all others share. */
export function labelAmong(known: readonly string[], value: string | undefined): string {
  return value !== undefined && known.includes(value) ? value : "_OTHER";
}
