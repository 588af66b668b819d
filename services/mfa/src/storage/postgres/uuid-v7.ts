const VERSION_7 = 0x70;
const VARIANT = 0x80;

/** How much randomness `uuidV7` takes. */
export const UUID_V7_RANDOM_BYTES = 10;

/** An id that sorts by time to the millisecond and tells its time (RFC 9562 section 5.7). */
export function uuidV7(at: Date, random: Buffer): string {
  const bytes = Buffer.alloc(16);
  bytes.writeUIntBE(at.getTime(), 0, 6);
  random.copy(bytes, 6, 0, UUID_V7_RANDOM_BYTES);
  bytes[6] = VERSION_7 | (bytes.readUInt8(6) & 0x0f);
  bytes[8] = VARIANT | (bytes.readUInt8(8) & 0x3f);
  const hex = bytes.toString("hex");
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join("-");
}

/** The time within an id that `uuidV7` made. */
export function timeOfUuidV7(id: string): Date {
  return new Date(Number.parseInt(id.replaceAll("-", "").slice(0, 12), 16));
}
