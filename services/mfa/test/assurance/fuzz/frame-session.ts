import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { FLAG, FRAME_TYPE, frameBytes, PREFACE, SETTING, settingsBytes } from "../support/http2-bytes.js";
import type { FrameSession } from "./frame-grammar.js";
import { ANSWER_MS } from "./session.js";

/** Pages of a long audit log do not fit the windows that HTTP/2 begins with. */
const WINDOW = 0x3fffffff;
const GREETING = Buffer.concat([
  PREFACE,
  settingsBytes([[SETTING.INITIAL_WINDOW_SIZE, WINDOW]]),
  frameBytes(FRAME_TYPE.WINDOW_UPDATE, 0, 0, uint32(WINDOW)),
]);
const LAST_PING = Buffer.from("last one");
/** After it a damaged session says that nothing more will come: a length that is too large leaves the server waiting. */
const DAMAGED_PATIENCE_MS = 300;
/** A connection that got a GOAWAY for an error stays open until the deadlines of its calls are over, and some seconds more. */
const CLOSE_MS = 20_000;

/**
 * Sends a session's frames. An undamaged one gets one answer for each request, and the PING behind it its own. A damaged one gets that or the
 * end of the connection. Answers what is wrong.
 */
export async function runFrames(session: FrameSession, port: number): Promise<string | undefined> {
  const socket = connect({ port, host: "127.0.0.1", noDelay: true, allowHalfOpen: true });
  try {
    await once(socket, "connect");
    const heard = new HeardFrames(socket);
    socket.write(Buffer.concat([GREETING, ...session.frames]));
    socket.write(frameBytes(FRAME_TYPE.PING, 0, 0, LAST_PING));
    const answered = () => heard.lastPing && session.requests.every((id) => heard.ended.has(id));
    if (session.damaged) return await damagedVerdict(socket, heard, answered);
    await heard.until(() => answered() || heard.closed || heard.trouble !== undefined, ANSWER_MS);
    if (heard.trouble !== undefined) return heard.trouble;
    if (answered()) return undefined;
    if (heard.closed) return "closed without an answer to each request";
    return heard.lastPing ? "a request without an answer" : "the last PING was not answered";
  } finally {
    socket.destroy();
  }
}

async function damagedVerdict(
  socket: Socket,
  heard: HeardFrames,
  answered: () => boolean,
): Promise<string | undefined> {
  if (await heard.until(() => answered() || heard.closed, DAMAGED_PATIENCE_MS)) return undefined;
  socket.end();
  return (await heard.until(() => heard.closed, CLOSE_MS)) ? undefined : "neither answered nor closed";
}

/** What the server has sent. */
class HeardFrames {
  /** Streams that the server has ended. */
  readonly ended = new Set<number>();
  lastPing = false;
  closed = false;
  /** What an undamaged session must not get. */
  trouble: string | undefined;
  #bytes = Buffer.alloc(0);
  #wake: (() => void) | undefined;

  constructor(socket: Socket) {
    socket.on("data", (piece: Buffer) => {
      this.#take(piece);
      this.#wake?.();
    });
    for (const end of ["end", "error", "close"])
      socket.on(end, () => {
        this.closed = true;
        this.#wake?.();
      });
  }

  async until(reached: () => boolean, withinMs: number): Promise<boolean> {
    const end = performance.now() + withinMs;
    while (!reached()) {
      const left = end - performance.now();
      if (left <= 0) return false;
      let timer: NodeJS.Timeout | undefined;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
        timer = setTimeout(resolve, left);
      });
      clearTimeout(timer);
    }
    return true;
  }

  #take(piece: Buffer): void {
    this.#bytes = Buffer.concat([this.#bytes, piece]);
    while (this.#bytes.length >= 9) {
      const end = 9 + this.#bytes.readUIntBE(0, 3);
      if (this.#bytes.length < end) return;
      this.#frame(this.#bytes.subarray(0, end));
      this.#bytes = this.#bytes.subarray(end);
    }
  }

  #frame(frame: Buffer): void {
    const [type, flags = 0, streamId] = [frame[3], frame[4], frame.readUInt32BE(5) & 0x7fffffff];
    const payload = frame.subarray(9);
    if (type === FRAME_TYPE.PING) this.lastPing ||= payload.equals(LAST_PING);
    if (type === FRAME_TYPE.GOAWAY && payload.readUInt32BE(4) !== 0)
      this.trouble ??= `GOAWAY with error code ${payload.readUInt32BE(4)}`;
    if (type === FRAME_TYPE.RST_STREAM && payload.readUInt32BE(0) !== 0)
      this.trouble ??= `stream ${streamId} reset with error code ${payload.readUInt32BE(0)}`;
    if ((type === FRAME_TYPE.DATA || type === FRAME_TYPE.HEADERS) && (flags & FLAG.END_STREAM) !== 0) {
      if (this.ended.has(streamId)) this.trouble ??= `stream ${streamId} ended twice`;
      this.ended.add(streamId);
    }
  }
}

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}
