/** Of a UUID. */
export const ID_BYTES = 16;

/** Concatenated ids, 16 bytes each. */
export function packIds(ids: readonly string[]): Buffer {
  return Buffer.from(ids.map((id) => id.replaceAll("-", "")).join(""), "hex");
}

export function unpackIds(packed: Buffer): string[] {
  const ids: string[] = [];
  for (let at = 0; at + ID_BYTES <= packed.length; at += ID_BYTES) {
    const hex = packed.toString("hex", at, at + ID_BYTES);
    ids.push(
      [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join("-"),
    );
  }
  return ids;
}
