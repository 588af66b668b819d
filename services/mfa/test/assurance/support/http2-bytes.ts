import { FRAME } from "../../net/support/frames.js";

/** The types of frames that net/support/frames.ts does not need (RFC 9113 section 6). */
export const FRAME_TYPE = {
  ...FRAME,
  PRIORITY: 2,
  PUSH_PROMISE: 5,
  WINDOW_UPDATE: 8,
  CONTINUATION: 9,
} as const;

export const FLAG = { END_STREAM: 0x1, ACK: 0x1, END_HEADERS: 0x4, PADDED: 0x8, PRIORITY: 0x20 } as const;

/** The connection preface (RFC 9113 section 3.4), without the SETTINGS frame that must follow. */
export const PREFACE = Buffer.from("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");

export function frameBytes(
  type: number,
  flags: number,
  streamId: number,
  payload: Uint8Array = EMPTY,
): Buffer {
  const head = Buffer.alloc(9);
  head.writeUIntBE(payload.length, 0, 3);
  head[3] = type;
  head[4] = flags;
  head.writeUInt32BE(streamId, 5);
  return Buffer.concat([head, payload]);
}

const EMPTY = Buffer.alloc(0);

export const SETTING = { INITIAL_WINDOW_SIZE: 4, MAX_HEADER_LIST_SIZE: 6 } as const;

export function settingsBytes(settings: readonly (readonly [id: number, value: number])[] = []): Buffer {
  const payload = Buffer.alloc(settings.length * 6);
  for (const [at, [id, value]] of settings.entries()) {
    payload.writeUInt16BE(id, at * 6);
    payload.writeUInt32BE(value, at * 6 + 2);
  }
  return frameBytes(FRAME_TYPE.SETTINGS, 0, 0, payload);
}

/** A header block in which neither side remembers anything (RFC 7541 section 6.2.2). */
export function headerBlock(fields: readonly (readonly [name: string, value: string])[]): Buffer {
  return Buffer.concat(
    fields.flatMap(([name, value]) => [Buffer.from([0]), ...stringBytes(name), ...stringBytes(value)]),
  );
}

/** The pseudo-headers and headers of a POST. */
export function postFields(
  path: string,
  contentType: string,
  more: readonly (readonly [string, string])[] = [],
): (readonly [string, string])[] {
  return [
    [":method", "POST"],
    [":scheme", "http"],
    [":path", path],
    [":authority", "localhost"],
    ["content-type", contentType],
    ["te", "trailers"],
    ...more,
  ];
}

function stringBytes(text: string): Buffer[] {
  const bytes = Buffer.from(text, "latin1");
  return [integerBytes(bytes.length), bytes];
}

/** An integer with a prefix of seven bits (RFC 7541 section 5.1). */
function integerBytes(value: number): Buffer {
  if (value < 0x7f) return Buffer.from([value]);
  const bytes = [0x7f];
  let rest = value - 0x7f;
  for (; rest >= 0x80; rest >>= 7) bytes.push((rest & 0x7f) | 0x80);
  return Buffer.from([...bytes, rest]);
}
