import { once } from "node:events";
import { constants } from "node:http2";
import { connect, type Socket } from "node:net";

/** Types of frames (RFC 9113 section 6). */
export const FRAME = {
  DATA: 0,
  HEADERS: 1,
  RST_STREAM: 3,
  SETTINGS: 4,
  PING: 6,
  GOAWAY: 7,
  CONTINUATION: 9,
} as const;

export interface Frame {
  readonly type: number;
  readonly flags: number;
  readonly streamId: number;
  readonly payload: Buffer;
}

/** A client that writes HTTP/2 frame by frame, to do at the worst moment what no library would. */
export class FrameClient {
  readonly #unread: Frame[] = [];
  readonly #received = new Set<number>();
  #bytes = Buffer.alloc(0);

  private constructor(private readonly socket: Socket) {
    socket.on("data", (piece: Buffer) => this.#take(piece));
    socket.on("error", () => undefined);
  }

  /** `settings` is the payload of its SETTINGS frame. */
  static async connect(port: number, settings = Buffer.alloc(0)): Promise<FrameClient> {
    const socket = connect({ port, host: "127.0.0.1", noDelay: true });
    await once(socket, "connect");
    socket.write("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");
    const client = new FrameClient(socket);
    client.send({ type: FRAME.SETTINGS, flags: 0, streamId: 0, payload: settings });
    return client;
  }

  send({ type, flags, streamId, payload }: Frame): void {
    const head = Buffer.alloc(9);
    head.writeUIntBE(payload.length, 0, 3);
    head[3] = type;
    head[4] = flags;
    head.writeUInt32BE(streamId, 5);
    this.socket.write(Buffer.concat([head, payload]));
  }

  /** Sends a whole unary gRPC request with an empty message. */
  request(streamId: number, path: string, more: Readonly<Record<string, string>> = {}): void {
    this.headers(streamId, path, more);
    this.send({ type: FRAME.DATA, flags: 0x1, streamId, payload: Buffer.alloc(5) });
  }

  /** Sends the headers of a unary gRPC request, whose body is still to come. */
  headers(streamId: number, path: string, more: Readonly<Record<string, string>> = {}): void {
    const fields = {
      ":path": path,
      ":authority": "localhost",
      "content-type": "application/grpc",
      te: "trailers",
      ...more,
    };
    // `:method POST` and `:scheme http` from the static table, the rest as literals (RFC 7541 section 6.2.2).
    const block = [
      Buffer.from([0x83, 0x86]),
      ...Object.entries(fields).map(([name, value]) => literal(name, value)),
    ];
    const [first, ...rest] = piecesOf(Buffer.concat(block));
    const last = (index: number) => (index === rest.length ? 0x4 : 0);
    this.send({ type: FRAME.HEADERS, flags: last(0), streamId, payload: first ?? Buffer.alloc(0) });
    for (const [index, payload] of rest.entries()) {
      this.send({ type: FRAME.CONTINUATION, flags: last(index + 1), streamId, payload });
    }
  }

  reset(streamId: number): void {
    const payload = Buffer.alloc(4);
    payload.writeUInt32BE(constants.NGHTTP2_CANCEL);
    this.send({ type: FRAME.RST_STREAM, flags: 0, streamId, payload });
  }

  /** Whether the server has ended the connection, or said that it will. */
  get hasEnded(): boolean {
    return this.socket.destroyed || this.hasReceived(FRAME.GOAWAY);
  }

  /** Whether a frame of this type has come, read by `next` or not. */
  hasReceived(type: number): boolean {
    return this.#received.has(type);
  }

  /** The next frame that fits; those before it are dropped. Rejects when the connection ends first. */
  async next(wanted: (frame: Frame) => boolean): Promise<Frame> {
    for (;;) {
      const frame = this.#unread.shift();
      if (frame !== undefined && wanted(frame)) return frame;
      if (frame === undefined) await this.#more();
    }
  }

  /** Resolves once the server has closed the connection, by a reset too. */
  async ended(): Promise<void> {
    while (!this.socket.closed) await once(this.socket, "close").catch(() => undefined);
  }

  destroy(): void {
    this.socket.destroy();
  }

  async #more(): Promise<void> {
    if (this.socket.destroyed) throw new Error("the connection has ended");
    // What ends it by an error closes it too.
    await Promise.race([once(this.socket, "data"), once(this.socket, "close")]).catch(() => undefined);
  }

  #take(piece: Buffer): void {
    this.#bytes = Buffer.concat([this.#bytes, piece]);
    while (this.#bytes.length >= 9) {
      const end = 9 + this.#bytes.readUIntBE(0, 3);
      if (this.#bytes.length < end) return;
      const [type = 0, flags = 0] = [this.#bytes[3], this.#bytes[4]];
      const streamId = this.#bytes.readUInt32BE(5);
      this.#received.add(type);
      this.#unread.push({ type, flags, streamId, payload: this.#bytes.subarray(9, end) });
      this.#bytes = this.#bytes.subarray(end);
    }
  }
}

/** A header field that neither side remembers. */
function literal(name: string, value: string): Buffer {
  const text = (string: string) => Buffer.concat([length(string.length), Buffer.from(string)]);
  return Buffer.concat([Buffer.from([0]), text(name), text(value)]);
}

/** A length with a prefix of seven bits (RFC 7541 section 5.1). */
function length(value: number): Buffer {
  if (value < 127) return Buffer.from([value]);
  const bytes = [127];
  let rest = value - 127;
  for (; rest >= 128; rest >>= 7) bytes.push((rest & 127) | 128);
  return Buffer.from([...bytes, rest]);
}

/** The largest frame that every server takes. */
const MAX_FRAME_BYTES = 16_384;

function piecesOf(block: Buffer): Buffer[] {
  const pieces: Buffer[] = [];
  for (let at = 0; at < block.length; at += MAX_FRAME_BYTES)
    pieces.push(block.subarray(at, at + MAX_FRAME_BYTES));
  return pieces;
}
