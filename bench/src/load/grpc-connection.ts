import { once } from "node:events";
import { connect, type Socket } from "node:net";
import {
  ACK,
  END_STREAM,
  FRAME_HEADER_BYTES,
  FrameType,
  frame,
  opening,
  stampStream,
} from "./http2-frames.js";

/** Told how a call ended. */
export type Done = (succeeded: boolean) => void;

/** A connection that makes calls. */
export interface Connection {
  call(request: Buffer, done: Done): void;
  close(): void;
}

interface Pending {
  readonly done: Done;
  firstByte: number | undefined;
}

const NOTHING = new Uint8Array(0);
/** Where the message starts in a DATA frame: after the frame's head and gRPC's prefix. */
const MESSAGE_OFFSET = FRAME_HEADER_BYTES + 5;

/**
 * A gRPC client at the level of frames, so that it costs a tenth of one over a library and leaves its core to the databases. It knows what
 * it needs: unary calls, answers in one frame. An answer counts as a success when its message starts with `successByte`.
 */
export async function openGrpc(port: number, successByte: number): Promise<Connection> {
  const socket = connect({ port, host: "127.0.0.1", noDelay: true });
  await once(socket, "connect");
  socket.write(opening());
  const pending = new Map<number, Pending>();
  const finish = (streamId: number, trailersSeen: boolean) => {
    const call = pending.get(streamId);
    pending.delete(streamId);
    call?.done(trailersSeen && call.firstByte === successByte);
  };
  const onFrame = (bytes: Buffer) => {
    const [type, flags] = [bytes[3], bytes[4] ?? 0];
    const streamId = bytes.readUInt32BE(5);
    if (type === FrameType.DATA) {
      const call = pending.get(streamId);
      if (call !== undefined) call.firstByte ??= bytes[MESSAGE_OFFSET];
    } else if (type === FrameType.HEADERS && (flags & END_STREAM) !== 0) {
      finish(streamId, true);
    } else if (type === FrameType.RST_STREAM) {
      finish(streamId, false);
    } else if ((type === FrameType.SETTINGS || type === FrameType.PING) && (flags & ACK) === 0) {
      acknowledge(socket, type, bytes);
    }
  };
  readFrames(socket, onFrame);
  socket.on("close", () => [...pending.keys()].forEach((streamId) => finish(streamId, false)));
  socket.on("error", () => undefined);
  let nextStream = 1;
  return {
    call(request, done) {
      const bytes = Buffer.from(request); // the same request may be under way more than once
      stampStream(bytes, nextStream);
      pending.set(nextStream, { done, firstByte: undefined });
      nextStream += 2;
      writeTogether(socket, bytes);
    },
    close: () => socket.destroy(),
  };
}

function acknowledge(socket: Socket, type: number, bytes: Buffer): void {
  const echoed = type === FrameType.PING ? bytes.subarray(FRAME_HEADER_BYTES) : NOTHING;
  socket.write(frame(type, ACK, 0, echoed));
}

/** What is written in one turn of the event loop goes out in one system call. */
function writeTogether(socket: Socket, bytes: Buffer): void {
  if (socket.writableCorked === 0) {
    socket.cork();
    process.nextTick(() => socket.uncork());
  }
  socket.write(bytes);
}

function readFrames(socket: Socket, onFrame: (bytes: Buffer) => void): void {
  let rest: Buffer = Buffer.alloc(0);
  socket.on("data", (piece: Buffer) => {
    let bytes = rest.length === 0 ? piece : Buffer.concat([rest, piece]);
    while (bytes.length >= FRAME_HEADER_BYTES) {
      const size = FRAME_HEADER_BYTES + bytes.readUIntBE(0, 3);
      if (bytes.length < size) break;
      onFrame(bytes.subarray(0, size));
      bytes = bytes.subarray(size);
    }
    rest = bytes;
  });
}
