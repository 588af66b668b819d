import { setTimeout } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { CHECK, LOGIN, STATUS, startBoundedServer } from "./support/bounded-server.js";
import { connectErrorIn } from "./support/connect-error.js";
import { FRAME, type Frame, FrameClient } from "./support/frames.js";
import { bodyOf, rawTcp } from "./support/raw.js";

const CODE = { REFUSED_STREAM: 7, ENHANCE_YOUR_CALM: 11 } as const;
const MAX_CONCURRENT_STREAMS = 3;

const ofStream = (streamId: number) => (frame: Frame) => frame.streamId === streamId;

/** The code with which a stream was reset. */
async function resetCode(client: FrameClient, streamId: number): Promise<number> {
  const { type, payload } = await client.next(ofStream(streamId));
  expect(type).toBe(FRAME.RST_STREAM);
  return payload.readUInt32BE(0);
}

function endBody(client: FrameClient, streamId: number): void {
  client.send({ type: FRAME.DATA, flags: 0x1, streamId, payload: Buffer.alloc(5) });
}

/** How many streams the server's next SETTINGS frame allows. */
async function allowedStreams(client: FrameClient): Promise<number | undefined> {
  const { payload } = await client.next(({ type, flags }) => type === FRAME.SETTINGS && flags === 0);
  for (let at = 0; at < payload.length; at += 6) {
    if (payload.readUInt16BE(at) === MAX_CONCURRENT_STREAMS) return payload.readUInt32BE(at + 2);
  }
  return undefined;
}

describe("a call without a caller", () => {
  test("a call without a caller is refused on its headers, before any of its body has come", async () => {
    await using server = await startBoundedServer({});
    const client = await FrameClient.connect(server.port);
    client.headers(1, STATUS);
    const { type, flags } = await client.next(ofStream(1));
    expect([type, flags & 1]).toEqual([FRAME.HEADERS, 1]);
    expect(server.log.lines.map(({ fields }) => fields.reason)).toEqual(["UNAUTHENTICATED"]);
    client.destroy();
  });

  test.each([0, 50])(
    "a call without a caller leaves nothing behind when its body comes %i ms later",
    async (ms) => {
      await using server = await startBoundedServer({ closeGraceMs: 100 });
      const client = await FrameClient.connect(server.port);
      client.headers(1, STATUS);
      await setTimeout(ms);
      endBody(client, 1);
      await client.next(ofStream(1));
      await expect.poll(() => server.load().streams).toBe(0);
      client.destroy();
    },
  );

  test("a call without a caller that a caller makes is counted once, also where naming it takes longer than its body", async () => {
    let admitted = 0;
    const authenticate = async () => {
      await setTimeout(50);
      return { id: "login" };
    };
    const admit = () => {
      admitted += 1;
    };
    const pipeline = { authenticate, admit };
    await using server = await startBoundedServer({}, { pipeline });
    const client = await FrameClient.connect(server.port);
    client.request(1, STATUS);
    const { type, flags } = await client.next(ofStream(1));
    expect([type, flags & 1, admitted]).toEqual([FRAME.HEADERS, 0, 1]);
    client.destroy();
  });
});

describe("streams", () => {
  test("beyond those of the process are refused, and those under way are answered", async () => {
    await using server = await startBoundedServer({ maxStreams: 2 });
    const client = await FrameClient.connect(server.port);
    for (const streamId of [1, 3]) client.headers(streamId, STATUS, LOGIN);
    client.request(5, STATUS, LOGIN);
    expect(await resetCode(client, 5)).toBe(CODE.REFUSED_STREAM);
    for (const streamId of [1, 3]) {
      endBody(client, streamId);
      expect((await client.next(ofStream(streamId))).type).toBe(FRAME.HEADERS);
    }
    expect(server.refused).toEqual(["process"]);
    client.destroy();
  });

  test.each([
    ["in all", { maxAnonymousStreams: 2 }, "anonymous"],
    ["from one peer", { maxAnonymousStreamsPerPeer: 2 }, "anonymous_peer"],
  ])(
    "streams without a caller are few %s: the oldest ends for the newest, and never one of a caller",
    async (_, limits, reason) => {
      await using server = await startBoundedServer(limits);
      const caller = await FrameClient.connect(server.port);
      caller.headers(1, STATUS, LOGIN);
      const stranger = await FrameClient.connect(server.port);
      for (const streamId of [1, 3, 5]) stranger.headers(streamId, CHECK);
      expect(await resetCode(stranger, 1)).toBe(CODE.REFUSED_STREAM);
      stranger.request(7, CHECK);
      expect(await resetCode(stranger, 3)).toBe(CODE.REFUSED_STREAM);
      expect((await stranger.next(ofStream(7))).type).toBe(FRAME.HEADERS);
      endBody(caller, 1);
      expect((await caller.next(ofStream(1))).type).toBe(FRAME.HEADERS);
      expect(server.refused).toEqual([reason, reason]);
      for (const client of [caller, stranger]) client.destroy();
    },
  );

  test("streams without a caller make room for a caller's when the process has no more", async () => {
    await using server = await startBoundedServer({ maxStreams: 2 });
    const stranger = await FrameClient.connect(server.port);
    for (const streamId of [1, 3]) stranger.headers(streamId, CHECK);
    await expect.poll(() => server.load().streams).toBe(2);
    const caller = await FrameClient.connect(server.port);
    caller.request(1, STATUS, LOGIN);
    expect((await caller.next(ofStream(1))).type).toBe(FRAME.HEADERS);
    expect(await resetCode(stranger, 1)).toBe(CODE.REFUSED_STREAM);
    for (const client of [caller, stranger]) client.destroy();
  });

  test("streams of one connection are 100, and 1,000 once a caller is known", async () => {
    await using server = await startBoundedServer({});
    const client = await FrameClient.connect(server.port);
    expect(await allowedStreams(client)).toBe(100);
    client.request(1, CHECK);
    client.request(3, STATUS, LOGIN);
    expect(await allowedStreams(client)).toBe(1_000);
    client.destroy();
  });

  test("streams with more than 16 KiB of headers are reset, from a client that acknowledges no settings too", async () => {
    await using server = await startBoundedServer({});
    const client = await FrameClient.connect(server.port);
    client.headers(1, STATUS, { ...LOGIN, "x-large": "x".repeat(17_000) });
    expect(await resetCode(client, 1)).toBe(CODE.ENHANCE_YOUR_CALM);
    client.request(3, STATUS, { ...LOGIN, "x-large": "x".repeat(15_000) });
    expect((await client.next(ofStream(3))).type).toBe(FRAME.HEADERS);
    expect(server.refused).toEqual(["header_bytes"]);
    client.destroy();
  });
});

test("an HTTP/1.1 request beyond the process's calls is 429 and says why", async () => {
  await using server = await startBoundedServer({ maxStreams: 1 });
  const holder = await FrameClient.connect(server.port);
  holder.headers(1, STATUS, LOGIN);
  await expect.poll(() => server.load().streams).toBe(1);
  const head = `POST ${STATUS} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 2`;
  const answer = await rawTcp(server.port, `${head}\r\n\r\n{}`);
  expect(answer).toMatch(/^HTTP\/1\.1 429 /);
  expect(answer).toMatch(/^retry-after: 1\r$/im);
  expect(connectErrorIn(bodyOf(answer))).toMatchObject({ code: "resource_exhausted", reason: "OVERLOADED" });
  holder.destroy();
});
