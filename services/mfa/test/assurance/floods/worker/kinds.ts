import { FLAG, FRAME_TYPE, frameBytes, headerBlock, postFields, SETTING } from "../../support/http2-bytes.js";
import { type ConnectionFlood, FloodConnections, greeting, type SharedTarget } from "./flood-connection.js";
import { floodStreams, requestBytes } from "./stream-flood.js";

/** Starts a flood that counts what it sends; answers how to stop it. Paths are those of the API, in turn. */
type Flood = (target: SharedTarget, paths: readonly string[], count: (calls: number) => void) => () => void;

const WATCH = "/grpc.health.v1.Health/Watch";
const EMPTY_MESSAGE = Buffer.alloc(5);
/** Of one frame and its CONTINUATION: HTTP/2's default for a frame is 16 KiB. */
const LARGE_HEADER_BYTES = 40_000;
const FRAME_BYTES = 16_384;

/**
 * What a stranger without a credential may send, by kind, and how fast: as in the findings that these floods repeat, without an end. A flood is
 * bounded by what it sends and not by a core of its own, so that it measures the service and not who gets the core. Connections that the
 * server ends are opened again.
 */
export const FLOODS = {
  // Four connections with 1,000 watches each, opened in some five seconds, ended a replica.
  "Health/Watch streams": ({ port, from, share }, _paths, count) =>
    floodStreams(
      {
        port,
        from,
        connections: 4,
        connectionsPerSecond: 100,
        streamsPerSecond: 800 * share,
        request: requestBytes(headerBlock(postFields(WATCH, "application/grpc")), EMPTY_MESSAGE),
      },
      count,
    ),
  // Some 36 connections did.
  "headers without a body": ({ port, from, share }, paths, count) => {
    const requests = paths.map((path) => requestBytes(headerBlock(postFields(path, "application/grpc"))));
    const request = inTurn(requests);
    return floodStreams(
      { port, from, connections: 40, connectionsPerSecond: 100, streamsPerSecond: 1_500 * share, request },
      count,
    );
  },
  // As many as the listener takes in all, and more: 10,000 from one host kept every new client out.
  "idle HTTP/2 connections": ({ port, from, share }, _paths, count) =>
    holdConnections(
      { port, from, connections: 10_500 * share, connectionsPerSecond: 500 },
      count,
      greeting(),
    ),
  "silent connections": ({ port, from, share }, _paths, count) =>
    holdConnections({ port, from, connections: 1_000 * share, connectionsPerSecond: 500 }, count),
  "sockets after GOAWAY": ({ port, from, share }, _paths, count) =>
    holdConnections(
      { port, from, connections: 1_000 * share, connectionsPerSecond: 500 },
      count,
      // A PING of a wrong length is a connection error (RFC 9113 section 6.7).
      Buffer.concat([greeting(), frameBytes(FRAME_TYPE.PING, 0, 0, Buffer.alloc(3))]),
    ),
  // A hundred, which is all of the port's places, starved the probes.
  "silent connections on the admin port": ({ adminPort, from, share }, _paths, count) =>
    holdConnections({ port: adminPort, from, connections: 400 * share, connectionsPerSecond: 200 }, count),
  "answers that are not read": ({ port, from, share }, paths, count) => {
    const requests = paths.map((path) =>
      // An error of Connect is a body, which flow control holds back; one of gRPC is a block of headers.
      requestBytes(headerBlock(postFields(path, "application/json")), Buffer.from("{}")),
    );
    return floodStreams(
      {
        port,
        from,
        connections: 20,
        connectionsPerSecond: 100,
        streamsPerSecond: 1_000 * share,
        settings: [[SETTING.INITIAL_WINDOW_SIZE, 0]],
        request: inTurn(requests),
      },
      count,
    );
  },
  "large headers": ({ port, from, share }, paths, count) => {
    const request = inTurn(paths.map((path) => largeRequest(path)));
    return floodStreams(
      { port, from, connections: 10, connectionsPerSecond: 100, streamsPerSecond: 200 * share, request },
      count,
    );
  },
  "rapid reset": ({ port, from, share }, paths, count) => {
    const cancel = Buffer.from([0, 0, 0, 8]);
    const requests = paths.map((path) => {
      const open = requestBytes(headerBlock(postFields(path, "application/grpc")));
      return (streamId: number) =>
        Buffer.concat([open(streamId), frameBytes(FRAME_TYPE.RST_STREAM, 0, streamId, cancel)]);
    });
    const request = inTurn(requests);
    return floodStreams(
      { port, from, connections: 10, connectionsPerSecond: 100, streamsPerSecond: 1_500 * share, request },
      count,
    );
  },
} satisfies Record<string, Flood>;

export type FloodKind = keyof typeof FLOODS;

function holdConnections(flood: ConnectionFlood, count: (calls: number) => void, first?: Buffer): () => void {
  const held = new FloodConnections(flood, {
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
