import {
  FLAG,
  FRAME_TYPE,
  frameBytes,
  headerBlock,
  postFields,
  settingsBytes,
} from "../support/http2-bytes.js";
import type { Random } from "../support/random.js";
import { mutateBytes } from "./mutations.js";

/** Frames that one connection carries after its preface. */
export interface FrameSession {
  /** Each is one frame, or a block of headers with its CONTINUATION frames, which nothing may part. */
  readonly frames: readonly Buffer[];
  /** Streams that carry a whole request, for which an answer is due. */
  readonly requests: readonly number[];
  /** Whether something in it breaks RFC 9113, so that the server may end a stream or the connection. */
  readonly damaged: boolean;
}

interface Request {
  readonly path: string;
  readonly authorization: string;
  readonly message: Buffer;
}

const LONGEST = 10;

/** Requests with what else may stand between frames, in any order that the RFC allows; then, in half of all sessions, damaged. */
export function generateFrames(random: Random, request: () => Request): FrameSession {
  const damaged = random.chance(0.5);
  const count = random.between(1, LONGEST);
  const requests = Array.from({ length: count }, (_, index) => 2 * index + 1);
  const queues = requests.map((streamId) =>
    requestFrames(random, streamId, { ...request(), timeout: damaged ? "1S" : "5S" }),
  );
  const frames: Buffer[] = [];
  // Streams are opened in the order of their numbers; their bodies may be mixed.
  for (const queue of queues) {
    frames.push(queue.shift()!);
    while (random.chance(0.5))
      frames.push(random.pick(queues.slice(0, queues.indexOf(queue) + 1)).shift() ?? noise(random, 1));
    if (random.chance(0.3)) frames.push(noise(random, random.pick(requests)));
  }
  for (const queue of queues) frames.push(...queue);
  return { frames: damaged ? damage(random, frames) : frames, requests, damaged };
}

function requestFrames(
  random: Random,
  streamId: number,
  { path, authorization, message, timeout }: Request & { readonly timeout: string },
): Buffer[] {
  const fields = postFields(path, "application/grpc", [
    ["authorization", authorization],
    ["grpc-timeout", timeout],
  ]);
  const prefix = Buffer.alloc(5);
  prefix.writeUInt32BE(message.length, 1);
  const body = Buffer.concat([prefix, message]);
  const cut = random.below(body.length + 1);
  const trailers = random.chance(0.2);
  return [
    headers(random, streamId, headerBlock(fields)),
    data(random, streamId, body.subarray(0, cut), false),
    data(random, streamId, body.subarray(cut), !trailers),
    ...(trailers
      ? [
          frameBytes(
            FRAME_TYPE.HEADERS,
            FLAG.END_HEADERS | FLAG.END_STREAM,
            streamId,
            headerBlock([["x-end", "1"]]),
          ),
        ]
      : []),
  ];
}

/** One block of headers, over as many frames as chance has it, perhaps with padding and a priority. */
function headers(random: Random, streamId: number, block: Buffer): Buffer {
  const cut = random.chance(0.4) ? random.below(block.length) : block.length;
  const last = cut === block.length ? FLAG.END_HEADERS : 0;
  const priority = random.chance(0.2);
  const dependency = priority ? Buffer.from([0, 0, 0, 0, 15]) : Buffer.alloc(0);
  const fragment = Buffer.concat([dependency, block.subarray(0, cut)]);
  const first = padded(random, FRAME_TYPE.HEADERS, last | (priority ? FLAG.PRIORITY : 0), streamId, fragment);
  if (last !== 0) return first;
  return Buffer.concat([
    first,
    frameBytes(FRAME_TYPE.CONTINUATION, FLAG.END_HEADERS, streamId, block.subarray(cut)),
  ]);
}

function data(random: Random, streamId: number, payload: Buffer, end: boolean): Buffer {
  return padded(random, FRAME_TYPE.DATA, end ? FLAG.END_STREAM : 0, streamId, payload);
}

function padded(random: Random, type: number, flags: number, streamId: number, payload: Buffer): Buffer {
  if (random.chance(0.7)) return frameBytes(type, flags, streamId, payload);
  const length = random.below(256);
  const bytes = Buffer.concat([Buffer.from([length]), payload, Buffer.alloc(length)]);
  return frameBytes(type, flags | FLAG.PADDED, streamId, bytes);
}

const UNKNOWN_FRAME_TYPE = 0xfa;
const UNKNOWN_SETTING = 0xf0f0;

/** A frame that changes nothing. `streamId` names a stream that may be open, closed or still to come. */
function noise(random: Random, streamId: number): Buffer {
  return random.pick([
    frameBytes(FRAME_TYPE.PING, 0, 0, random.bytes(8)),
    frameBytes(FRAME_TYPE.PRIORITY, 0, streamId, Buffer.from([0, 0, 0, 0, 15])),
    frameBytes(FRAME_TYPE.WINDOW_UPDATE, 0, 0, Buffer.from([0, 0, 0, 1])),
    frameBytes(UNKNOWN_FRAME_TYPE, 0xff, streamId, random.bytes(random.below(30))),
    settingsBytes([[UNKNOWN_SETTING, 1]]),
    settingsBytes(),
  ]);
}

const PSEUDO_TWICE = headerBlock([...postFields("/", "application/grpc"), [":path", "/"]]);
const UPPER_CASE = headerBlock([...postFields("/", "application/grpc"), ["X-Upper", "1"]]);
const CONNECTION_HEADER = headerBlock([...postFields("/", "application/grpc"), ["connection", "close"]]);
const NO_PATH = headerBlock([
  [":method", "POST"],
  [":scheme", "http"],
]);

/** Frames that RFC 9113 forbids, by type, flags, stream and payload. */
const FORBIDDEN: readonly Buffer[] = [
  frameBytes(FRAME_TYPE.DATA, 0, 0, Buffer.from("x")),
  frameBytes(FRAME_TYPE.DATA, 0, 999, Buffer.from("x")),
  frameBytes(FRAME_TYPE.HEADERS, FLAG.END_HEADERS, 2, headerBlock(postFields("/", "application/grpc"))),
  frameBytes(FRAME_TYPE.HEADERS, FLAG.END_HEADERS, 101, Buffer.from([0xff, 0xff, 0xff, 0xff, 0x7f])),
  frameBytes(FRAME_TYPE.HEADERS, FLAG.END_HEADERS | FLAG.END_STREAM, 101, PSEUDO_TWICE),
  frameBytes(FRAME_TYPE.HEADERS, FLAG.END_HEADERS | FLAG.END_STREAM, 101, UPPER_CASE),
  frameBytes(FRAME_TYPE.HEADERS, FLAG.END_HEADERS | FLAG.END_STREAM, 101, CONNECTION_HEADER),
  frameBytes(FRAME_TYPE.HEADERS, FLAG.END_HEADERS | FLAG.END_STREAM, 101, NO_PATH),
  frameBytes(FRAME_TYPE.HEADERS, FLAG.END_HEADERS | FLAG.PADDED, 101, Buffer.from([200])),
  frameBytes(FRAME_TYPE.HEADERS, 0, 101, Buffer.alloc(0)),
  frameBytes(FRAME_TYPE.CONTINUATION, FLAG.END_HEADERS, 1, Buffer.alloc(0)),
  frameBytes(FRAME_TYPE.PUSH_PROMISE, FLAG.END_HEADERS, 1, Buffer.from([0, 0, 0, 2])),
  frameBytes(FRAME_TYPE.RST_STREAM, 0, 999, Buffer.from([0, 0, 0, 8])),
  frameBytes(FRAME_TYPE.RST_STREAM, 0, 0, Buffer.from([0, 0, 0, 8])),
  frameBytes(FRAME_TYPE.RST_STREAM, 0, 1, Buffer.from([0, 0, 8])),
  frameBytes(FRAME_TYPE.PRIORITY, 0, 3, Buffer.from([0, 0, 0, 3, 15])),
  frameBytes(FRAME_TYPE.WINDOW_UPDATE, 0, 0, Buffer.alloc(4)),
  frameBytes(FRAME_TYPE.WINDOW_UPDATE, 0, 0, Buffer.from([0x7f, 0xff, 0xff, 0xff])),
  frameBytes(FRAME_TYPE.WINDOW_UPDATE, 0, 1, Buffer.alloc(4)),
  frameBytes(FRAME_TYPE.SETTINGS, 0, 0, Buffer.alloc(5)),
  frameBytes(FRAME_TYPE.SETTINGS, 0, 1),
  frameBytes(FRAME_TYPE.SETTINGS, FLAG.ACK, 0, Buffer.alloc(6)),
  settingsBytes([[4, 0xffffffff]]),
  settingsBytes([[5, 1]]),
  frameBytes(FRAME_TYPE.PING, 0, 1, Buffer.alloc(8)),
  frameBytes(FRAME_TYPE.PING, 0, 0, Buffer.alloc(7)),
  frameBytes(FRAME_TYPE.GOAWAY, 0, 0, Buffer.alloc(3)),
  frameBytes(FRAME_TYPE.DATA, 0, 1, Buffer.alloc(16_385)),
];

function damage(random: Random, frames: readonly Buffer[]): readonly Buffer[] {
  const damaged = [...frames];
  const at = random.below(frames.length);
  if (random.chance(0.5)) damaged.splice(at, 0, random.pick(FORBIDDEN));
  else damaged[at] = mutateBytes(random, damaged[at]!);
  return damaged;
}
