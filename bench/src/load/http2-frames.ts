/** The few frames of HTTP/2 (RFC 9113) that a client of unary calls writes. */
export const FrameType = {
  DATA: 0,
  HEADERS: 1,
  RST_STREAM: 3,
  SETTINGS: 4,
  PING: 6,
  GOAWAY: 7,
  WINDOW_UPDATE: 8,
} as const;
export const END_STREAM = 0x1;
export const ACK = 0x1;
const END_HEADERS = 0x4;
export const FRAME_HEADER_BYTES = 9;
const GRPC_PREFIX_BYTES = 5;

export function frame(type: number, flags: number, streamId: number, payload: Uint8Array): Buffer {
  const bytes = Buffer.alloc(FRAME_HEADER_BYTES + payload.length);
  bytes.writeUIntBE(payload.length, 0, 3);
  bytes[3] = type;
  bytes[4] = flags;
  bytes.writeUInt32BE(streamId, 5);
  bytes.set(payload, FRAME_HEADER_BYTES);
  return bytes;
}

/** What opens a connection: the preface, settings, and a window so large that it never has to be renewed within a run. */
export function opening(): Buffer {
  const window = Buffer.alloc(4);
  window.writeUInt32BE(2 ** 30);
  return Buffer.concat([
    Buffer.from("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "latin1"),
    frame(FrameType.SETTINGS, 0, 0, new Uint8Array(0)),
    frame(FrameType.WINDOW_UPDATE, 0, 0, window),
  ]);
}

/** A whole unary gRPC request. Only its stream id is missing: `stampStream` writes it in. */
export function unaryRequest(path: string, message: Uint8Array): Buffer {
  const headers = headerBlock([
    [":method", "POST"],
    [":scheme", "http"],
    [":path", path],
    [":authority", "127.0.0.1"],
    ["content-type", "application/grpc"],
    ["te", "trailers"],
  ]);
  const body = Buffer.alloc(GRPC_PREFIX_BYTES + message.length);
  body.writeUInt32BE(message.length, 1);
  body.set(message, GRPC_PREFIX_BYTES);
  return Buffer.concat([
    frame(FrameType.HEADERS, END_HEADERS, 0, headers),
    frame(FrameType.DATA, END_STREAM, 0, body),
  ]);
}

/** Writes the stream id into both frames of a request. */
export function stampStream(request: Buffer, streamId: number): void {
  request.writeUInt32BE(streamId, 5);
  request.writeUInt32BE(streamId, FRAME_HEADER_BYTES + request.readUIntBE(0, 3) + 5);
}

/** HPACK (RFC 7541 section 6.2.2): every field as a literal that is not indexed, which needs no state. */
function headerBlock(fields: readonly (readonly [string, string])[]): Buffer {
  return Buffer.concat(
    fields.flatMap(([name, value]) => [
      Buffer.of(0, name.length),
      Buffer.from(name, "latin1"),
      Buffer.of(value.length),
      Buffer.from(value, "latin1"),
    ]),
  );
}
