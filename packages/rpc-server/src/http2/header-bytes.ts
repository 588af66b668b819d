/** The overhead of each field beside its name and value (RFC 9113 section 6.5.2, SETTINGS_MAX_HEADER_LIST_SIZE). */
const FIELD_OVERHEAD = 32;

/** The size of a header list, names and values in turn, as HTTP/2 counts it. */
export function headerBytes(rawHeaders: readonly string[]): number {
  let bytes = rawHeaders.length * (FIELD_OVERHEAD / 2);
  for (const text of rawHeaders) bytes += text.length;
  return bytes;
}
