import type { Socket } from "node:net";
import { FLAG, FRAME_TYPE, frameBytes } from "../../support/http2-bytes.js";
import { type ConnectionFlood, FloodConnections, greeting } from "./flood-connection.js";

interface StreamFlood extends ConnectionFlood {
  /** Streams that are opened in a second, over all connections. */
  readonly streamsPerSecond: number;
  /** The frames of one request. */
  readonly request: (streamId: number) => Buffer;
  readonly settings?: Parameters<typeof greeting>[0];
}

const TICK_MS = 20;
const LAST_STREAM_ID = 0x7fffffff;

/** Opens streams at a steady rate on each of its connections, whatever the server makes of them; answers how to stop it. */
export function floodStreams(flood: StreamFlood, count: (calls: number) => void): () => void {
  const nextStream = new WeakMap<Socket, number>();
  const connections = new FloodConnections(flood, {
    greet: (socket) => socket.write(greeting(flood.settings)),
    onOpen: () => count(1),
  });
  const perTick = Math.max(1, Math.round((flood.streamsPerSecond * TICK_MS) / 1_000 / flood.connections));
  const timer = setInterval(() => {
    for (const socket of connections.open) {
      // A server that stops reading holds the flood back, as TCP would.
      if (socket.writableNeedDrain) continue;
      let streamId = nextStream.get(socket) ?? 1;
      const frames: Buffer[] = [];
      for (let opened = 0; opened < perTick && streamId < LAST_STREAM_ID; opened += 1, streamId += 2)
        frames.push(flood.request(streamId));
      nextStream.set(socket, streamId);
      socket.write(Buffer.concat(frames));
      count(frames.length);
    }
  }, TICK_MS);
  return () => {
    clearInterval(timer);
    connections.stop();
  };
}

/** A request whose header block fits a frame; `body` ends the stream, and without one it stays open. */
export function requestBytes(block: Buffer, body?: Buffer): (streamId: number) => Buffer {
  return (streamId) => {
    const headers = frameBytes(FRAME_TYPE.HEADERS, FLAG.END_HEADERS, streamId, block);
    if (body === undefined) return headers;
    return Buffer.concat([headers, frameBytes(FRAME_TYPE.DATA, FLAG.END_STREAM, streamId, body)]);
  };
}
