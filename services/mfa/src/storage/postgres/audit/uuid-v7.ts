const MILLISECONDS_DIGITS = 12;

/** An id that sorts by time to the millisecond and contains it (RFC 9562 section 5.7). Its 74 random bits come from `random`, a UUID v4. */
export function uuidV7(at: Date, random: string): string {
  const time = at.getTime().toString(16).padStart(MILLISECONDS_DIGITS, "0");
  return `${time.slice(0, 8)}-${time.slice(8)}-7${random.slice(15)}`;
}

/** The time within an id that `uuidV7` made. */
export function timeOfUuidV7(id: string): Date {
  return new Date(Number.parseInt(id.replaceAll("-", "").slice(0, 12), 16));
}
