import { once } from "node:events";
import { connect } from "node:net";
import { describe, expect, test } from "vitest";
import { CHECK, LOGIN, STATUS, startBoundedServer } from "./support/bounded-server.js";
import { FRAME, type Frame, FrameClient } from "./support/frames.js";
import { rawTcp } from "./support/raw.js";

const CANCEL = 8;
/** SETTINGS_INITIAL_WINDOW_SIZE of 0 (RFC 9113 section 6.5.2): no byte of an answer may be sent. */
const READS_NOTHING = Buffer.from([0, 4, 0, 0, 0, 0]);

const ofStream = (streamId: number) => (frame: Frame) => frame.streamId === streamId;
const goaway = ({ type }: Frame) => type === FRAME.GOAWAY;

/** Opens a connection on which the caller has made a call. */
async function callerConnection(port: number): Promise<FrameClient> {
  const client = await FrameClient.connect(port);
  client.request(1, STATUS, LOGIN);
  await client.next(ofStream(1));
  return client;
}

async function answers(client: FrameClient, streamId: number): Promise<void> {
  client.request(streamId, STATUS, LOGIN);
  const { type } = await client.next(ofStream(streamId));
  expect(type).toBe(FRAME.HEADERS);
}

describe("when connections are short", () => {
  test("idle ones without a caller make room for a new client, the oldest first", async () => {
    await using server = await startBoundedServer({ maxConnections: 3 });
    const idle = [];
    for (let n = 0; n < 6; n += 1) idle.push(await FrameClient.connect(server.port));
    await Promise.all(idle.slice(0, 3).map((client) => client.ended()));
    await answers(await callerConnection(server.port), 3);
    await idle[3]?.ended();
    expect(server.refused).toEqual(["evicted", "evicted", "evicted", "evicted"]);
    for (const client of idle) client.destroy();
  });

  test("connections of one peer without a caller are bounded, and its callers' connections stay", async () => {
    await using server = await startBoundedServer({ maxConnectionsPerPeer: 2 });
    const caller = await callerConnection(server.port);
    const idle = [];
    for (let n = 0; n < 5; n += 1) idle.push(await FrameClient.connect(server.port));
    await Promise.all(idle.slice(0, 3).map((client) => client.ended()));
    await answers(caller, 3);
    expect(server.refused).toEqual(["evicted_peer", "evicted_peer", "evicted_peer"]);
    expect(server.load().connections).toBe(3);
    for (const client of [caller, ...idle]) client.destroy();
  });

  test("a new connection is closed immediately if all have callers", async () => {
    await using server = await startBoundedServer({ maxConnections: 2 });
    const callers = [await callerConnection(server.port), await callerConnection(server.port)];
    expect(await rawTcp(server.port)).toBe("");
    for (const client of callers) await answers(client, 3);
    expect(server.refused).toEqual(["refused"]);
    for (const client of callers) client.destroy();
  });
});

describe("an HTTP/2 connection without a call", () => {
  test("an HTTP/2 connection without a call is ended after the idle time where no caller is known", async () => {
    await using server = await startBoundedServer({ idleTimeoutMs: 100 });
    const client = await FrameClient.connect(server.port);
    await client.next(goaway);
    await client.ended();
    expect(server.refused).toEqual(["idle"]);
  });

  test("an HTTP/2 connection without a call is asked by a PING where a caller is known, and stays while that is answered", async () => {
    await using server = await startBoundedServer({ idleTimeoutMs: 50, pingTimeoutMs: 20_000 });
    const client = await callerConnection(server.port);
    for (let n = 0; n < 3; n += 1) {
      const { payload } = await client.next(({ type, flags }) => type === FRAME.PING && flags === 0);
      client.send({ type: FRAME.PING, flags: 1, streamId: 0, payload });
    }
    await answers(client, 3);
    expect(server.refused).toEqual([]);
    client.destroy();
  });

  test("an HTTP/2 connection without a call is closed when the PING is not answered", async () => {
    await using server = await startBoundedServer({ idleTimeoutMs: 50, pingTimeoutMs: 100 });
    const client = await callerConnection(server.port);
    await client.ended();
    expect(server.refused).toEqual(["ping_timeout"]);
  });

  test("an HTTP/2 connection without a call is ended when it is old", async () => {
    await using server = await startBoundedServer({ idleTimeoutMs: 100, connectionAgeMs: 50 });
    const client = await callerConnection(server.port);
    await client.ended();
    expect(client.hasReceived(FRAME.GOAWAY)).toBe(true);
    expect(server.refused.filter((reason) => reason !== "lingering")).toEqual([]);
  });
});

test.each([
  ["a protocol error", { type: FRAME.DATA, flags: 0, streamId: 0, payload: Buffer.alloc(1) }],
  ["a GOAWAY of its client", { type: FRAME.GOAWAY, flags: 0, streamId: 0, payload: Buffer.alloc(8) }],
])("a socket is closed soon after %s, whatever its client does", async (_, frame) => {
  await using server = await startBoundedServer({ closeGraceMs: 100 });
  const socket = connect({ port: server.port, host: "127.0.0.1", allowHalfOpen: true });
  socket.on("error", () => undefined).resume();
  await once(socket, "connect");
  socket.write("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");
  for (const { type, flags, payload } of [
    { type: FRAME.SETTINGS, flags: 0, payload: Buffer.alloc(0) },
    frame,
  ]) {
    socket.write(Buffer.concat([Buffer.from([0, 0, payload.length, type, flags, 0, 0, 0, 0]), payload]));
  }
  await expect.poll(() => server.load().connections).toBe(0);
  socket.destroy();
});

describe("answers that are not read", () => {
  test("answers that are not read are given up over HTTP/2, and the connection serves on", async () => {
    await using server = await startBoundedServer({ writeTimeoutMs: 100 });
    const client = await FrameClient.connect(server.port, READS_NOTHING);
    for (const streamId of [1, 3]) client.request(streamId, CHECK);
    for (const streamId of [1, 3]) {
      const reset = await client.next(
        (frame) => frame.type === FRAME.RST_STREAM && frame.streamId === streamId,
      );
      expect(reset.payload.readUInt32BE(0)).toBe(CANCEL);
    }
    expect(server.refused).toEqual(["write_timeout", "write_timeout"]);
    await expect.poll(() => server.load().streams).toBe(0);
    client.destroy();
  });

  test("end the connection over HTTP/1.1", async () => {
    await using server = await startBoundedServer({ writeTimeoutMs: 200 });
    const body = JSON.stringify({ userId: "u".repeat(60_000) });
    const request = [
      `POST ${STATUS} HTTP/1.1`,
      "Host: localhost",
      `Authorization: ${LOGIN.authorization}`,
      "Content-Type: application/json",
      `Content-Length: ${body.length}`,
    ].join("\r\n");
    const socket = connect(server.port, "127.0.0.1");
    socket.on("error", () => undefined).pause();
    await once(socket, "connect");
    for (let n = 0; n < 400; n += 1) socket.write(`${request}\r\n\r\n${body}`);
    await expect.poll(() => server.refused).toEqual(["write_timeout"]);
    await expect.poll(() => server.load().connections).toBe(0);
    socket.destroy();
  });
});
