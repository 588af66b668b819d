import { describe, expect, test } from "vitest";
import { untilDone } from "../support/until.js";
import { CHECK, LOGIN, STATUS, startBoundedServer } from "./support/bounded-server.js";
import { FRAME, type Frame, FrameClient } from "./support/frames.js";
import { rawTcp } from "./support/raw.js";

/** So low that its refill during a test does not matter. The burst is five. */
const RATE = { maxAnonymousRatePerPeer: 1 };
const BURST = 5;
/** More than a slow machine could let come back. */
const MANY = 300;

const ofStream = (streamId: number) => (frame: Frame) => frame.streamId === streamId;

async function callsUntilEnded(client: FrameClient, path: string): Promise<void> {
  for (let call = 0; call < MANY; call += 1) client.request(2 * call + 1, path);
  await client.ended();
}

async function expectAllAnswered(client: FrameClient): Promise<void> {
  for (let call = 0; call < 10 * BURST; call += 1) client.request(2 * call + 1, STATUS);
  const heard = new Set<number>();
  while (heard.size < 10 * BURST)
    heard.add((await client.next(({ type }) => type === FRAME.HEADERS)).streamId);
}

/** What a connection receives before it ends; nothing if it was closed immediately. */
const greeted = (port: number) => rawTcp(port, "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", Buffer.alloc(9, 0xff));

describe("a peer address that has never authenticated", () => {
  test.each([
    ["refused", STATUS],
    ["public", CHECK],
  ])(
    "a peer address that has never authenticated loses a connection with too many %s calls, and its next ones are closed immediately",
    async (_, path) => {
      await using server = await startBoundedServer(RATE);
      await callsUntilEnded(await FrameClient.connect(server.port), path);
      await expect.poll(() => rawTcp(server.port).catch(() => "")).toBe("");
      expect(server.refused.slice(0, 2)).toEqual(["rate_peer", "rate_peer"]);
      expect(server.load().connections).toBe(0);
    },
  );

  test("a peer address that has never authenticated may not connect too often, whatever it says", async () => {
    await using server = await startBoundedServer(RATE);
    for (let n = 0; n < BURST; n += 1) expect(await greeted(server.port)).not.toBe("");
    await expect.poll(() => greeted(server.port).catch(() => "")).toBe("");
    expect(server.refused).toContain("rate_peer");
  });

  test("a peer address that has never authenticated loses an HTTP/1.1 connection too", async () => {
    await using server = await startBoundedServer(RATE);
    const request = `POST ${CHECK} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}`;
    const answers = await rawTcp(server.port, ...Array<string>(MANY).fill(request)).catch(() => "");
    expect(answers.split("HTTP/1.1 200").length).toBeLessThan(MANY);
    expect(server.refused[0]).toBe("rate_peer");
  });

  test("a peer address that has never authenticated gets in with a credential once it has waited, and is not limited from then on", async () => {
    await using server = await startBoundedServer(RATE);
    await callsUntilEnded(await FrameClient.connect(server.port), STATUS);
    const logIn = async () => {
      const client = await FrameClient.connect(server.port);
      client.request(1, STATUS, LOGIN);
      await client.next(ofStream(1));
      client.destroy();
    };
    // Each try counts: too many of them would never get in.
    await untilDone(logIn, { intervalMs: 300 });
    const before = server.refused.length;
    const stranger = await FrameClient.connect(server.port);
    await expectAllAnswered(stranger);
    expect(server.refused.slice(before)).toEqual([]);
    stranger.destroy();
  });
});

test("a rate of 0 is no limit", async () => {
  await using server = await startBoundedServer({ maxAnonymousRatePerPeer: 0 });
  const client = await FrameClient.connect(server.port);
  await expectAllAnswered(client);
  expect(server.refused).toEqual([]);
  client.destroy();
});
