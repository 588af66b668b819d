/** Bounds a label: values that are not in the list share one name. */
export function labelAmong(known: readonly string[], value: string | undefined): string {
  return value !== undefined && known.includes(value) ? value : "_OTHER";
}
