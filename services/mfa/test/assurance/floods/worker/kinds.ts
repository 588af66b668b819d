import { FLAG, FRAME_TYPE, frameBytes, headerBlock, postFields, SETTING } from "../../support/http2-bytes.js";
import { FloodConnections, greeting, type RatedTarget } from "./flood-connection.js";
import { floodStreams, requestBytes } from "./stream-flood.js";

/** Starts a flood that counts what it sends; answers how to stop it. Paths are those of the API, in turn. */
type Flood = (target: RatedTarget, paths: readonly string[], count: (calls: number) => void) => () => void;

const WATCH = "/grpc.health.v1.Health/Watch";
const EMPTY_MESSAGE = Buffer.alloc(5);
/** Of one frame and its CONTINUATION: HTTP/2's default for a frame is 16 KiB. */
const LARGE_HEADER_BYTES = 40_000;
const FRAME_BYTES = 16_384;

/** What a stranger without a credential may send, by kind. */
export const FLOODS = {
  "Health/Watch streams": ({ port, rate }, _paths, count) =>
    floodStreams(
      port,
      {
        connections: 8,
        streamsPerSecond: 1_500 * rate,
        request: requestBytes(headerBlock(postFields(WATCH, "application/grpc")), EMPTY_MESSAGE),
      },
      count,
    ),
  "headers without a body": ({ port, rate }, paths, count) => {
    const requests = paths.map((path) => requestBytes(headerBlock(postFields(path, "application/grpc"))));
    return floodStreams(
      port,
      { connections: 40, streamsPerSecond: 1_500 * rate, request: inTurn(requests) },
      count,
    );
  },
  "idle HTTP/2 connections": ({ port, rate }, _paths, count) =>
    holdConnections(port, IDLE_CONNECTIONS * rate, { greeting: greeting(), count }),
  "silent connections": ({ port, rate }, _paths, count) => holdConnections(port, 1_000 * rate, { count }),
  "sockets after GOAWAY": ({ port, rate }, _paths, count) =>
    holdConnections(port, 1_000 * rate, {
      // A PING of a wrong length is a connection error (RFC 9113 section 6.7).
      greeting: Buffer.concat([greeting(), frameBytes(FRAME_TYPE.PING, 0, 0, Buffer.alloc(3))]),
      count,
    }),
  "silent connections on the admin port": ({ adminPort, rate }, _paths, count) =>
    holdConnections(adminPort, 400 * rate, { count }),
  "answers that are not read": ({ port, rate }, paths, count) => {
    const requests = paths.map((path) =>
      // An error of Connect is a body, which flow control holds back; one of gRPC is a block of headers.
      requestBytes(headerBlock(postFields(path, "application/json")), Buffer.from("{}")),
    );
    const settings = [[SETTING.INITIAL_WINDOW_SIZE, 0]] as const;
    return floodStreams(
      port,
      { connections: 20, streamsPerSecond: 1_000 * rate, settings, request: inTurn(requests) },
      count,
    );
  },
  "large headers": ({ port, rate }, paths, count) => {
    const requests = paths.map((path) => largeRequest(path));
    return floodStreams(
      port,
      { connections: 10, streamsPerSecond: 200 * rate, request: inTurn(requests) },
      count,
    );
  },
  "rapid reset": ({ port, rate }, paths, count) => {
    const cancel = Buffer.from([0, 0, 0, 8]);
    const requests = paths.map((path) => {
      const open = requestBytes(headerBlock(postFields(path, "application/grpc")));
      return (streamId: number) =>
        Buffer.concat([open(streamId), frameBytes(FRAME_TYPE.RST_STREAM, 0, streamId, cancel)]);
    });
    return floodStreams(
      port,
      { connections: 10, streamsPerSecond: 1_500 * rate, request: inTurn(requests) },
      count,
    );
  },
} satisfies Record<string, Flood>;

export type FloodKind = keyof typeof FLOODS;

/** As many as the listener takes in all, and some more. */
const IDLE_CONNECTIONS = 10_500;

function holdConnections(
  port: number,
  connections: number,
  { greeting: first, count }: { readonly greeting?: Buffer; readonly count: (calls: number) => void },
): () => void {
  const held = new FloodConnections(port, connections, {
    ...(first === undefined ? {} : { greet: (socket) => socket.write(first) }),
    onOpen: () => count(1),
  });
  return () => held.stop();
}

function inTurn(requests: readonly ((streamId: number) => Buffer)[]): (streamId: number) => Buffer {
  let at = 0;
  return (streamId) => requests[at++ % requests.length]!(streamId);
}

function largeRequest(path: string): (streamId: number) => Buffer {
  const block = headerBlock(
    postFields(path, "application/grpc", [["x-large", "a".repeat(LARGE_HEADER_BYTES)]]),
  );
  return (streamId) => {
    const pieces: Buffer[] = [];
    for (let at = 0; at < block.length; at += FRAME_BYTES) {
      const last = at + FRAME_BYTES >= block.length ? FLAG.END_HEADERS : 0;
      const type = at === 0 ? FRAME_TYPE.HEADERS : FRAME_TYPE.CONTINUATION;
      const ends = at === 0 ? FLAG.END_STREAM : 0;
      pieces.push(frameBytes(type, last | ends, streamId, block.subarray(at, at + FRAME_BYTES)));
    }
    return Buffer.concat(pieces);
  };
}
