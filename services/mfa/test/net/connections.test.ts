import { EventEmitter, once } from "node:events";
import { connect as connectHttp2 } from "node:http2";
import { connect } from "node:net";
import { text } from "node:stream/consumers";
import { setTimeout } from "node:timers/promises";
import { ConnectError, createClient } from "@connectrpc/connect";
import { MfaService } from "@countersign/protocol/countersign/mfa/v1/mfa_service_pb.js";
import { Health } from "@countersign/protocol/grpc/health/v1/health_pb.js";
import { describe, expect, test } from "vitest";
import { grpcJsClient } from "../support/client/grpc-js-client.js";
import { untilDone } from "../support/until.js";
import { type ClientKind, clientKinds, mfaClient, transportOf } from "./support/clients.js";
import { countingProxy } from "./support/counting-proxy.js";
import { FRAME, type Frame, FrameClient } from "./support/frames.js";
import { rawTcp } from "./support/raw.js";
import { startTestServer } from "./support/test-server.js";

const STATUS = "/countersign.mfa.v1.MfaService/GetMfaStatus";

const MORE_THAN_A_TEST_HAS_MS = 600_000;

/** An echo that takes a little while, so that calls are under way when something happens. */
function slowEcho(ms: number) {
  return async ({ userId }: { userId: string }) => {
    await setTimeout(ms);
    return { maskedDestination: userId };
  };
}

/** Keeps `width` calls in flight as long as `wanted` says. Throws at the first that fails. */
async function load(
  call: (userId: string) => Promise<{ maskedDestination: string }>,
  width: number,
  wanted: () => boolean,
) {
  await Promise.all(
    Array.from({ length: width }, async (_, scope) => {
      for (let n = 0; wanted(); n += 1) {
        const userId = `${scope}-${n}`;
        expect((await call(userId)).maskedDestination).toBe(userId);
      }
    }),
  );
}

/** The last frame of an answer. */
const endOf = (id: number) => (frame: Frame) =>
  frame.streamId === id && frame.type === FRAME.HEADERS && (frame.flags & 1) === 1;

/**
 * Repeats a call that no server took up. Node's HTTP/2 client refuses by itself a stream that it had not sent when a GOAWAY came, and unlike
 * grpc-js, connect-node hands that on. grpc-js sends a refused call again once: on a busy machine the next connection may be old before the call
 * gets there.
 */
async function unrefused<T>(call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (error) {
    if (/NGHTTP2_REFUSED_STREAM|Stream refused by server/.test(ConnectError.from(error).rawMessage))
      return unrefused(call);
    throw error;
  }
}

describe("connection age", () => {
  const AGED = { limits: { connectionAgeMs: 60, connectionAgeGraceMs: 5_000 } };

  test.each([0, 3])("grpc-js: connections come and go, no call of %i ms fails", async (ms) => {
    const listener = { limits: { ...AGED.limits, connectionAgeMs: 200 } };
    await using server = await startTestServer({ listener, getMfaStatus: slowEcho(ms) });
    await using proxy = await countingProxy(server.port);
    using client = grpcJsClient(`127.0.0.1:${proxy.port}`);
    await load(
      (userId) => unrefused(() => client.call(MfaService.method.getMfaStatus, { userId })),
      16,
      () => proxy.connections() < 6,
    );
  });

  test.each(clientKinds)("%s: connections come and go, no call fails", async (kind) => {
    await using server = await startTestServer({ listener: AGED, getMfaStatus: slowEcho(1) });
    await using proxy = await countingProxy(server.port);
    const client = mfaClient(kind, proxy.url);
    await load(
      (userId) => unrefused(() => client.getMfaStatus({ userId })),
      8,
      () => proxy.connections() < 8,
    );
  });

  test("a client learns which of its requests an old connection still answers", async () => {
    await using server = await startTestServer({ listener: { limits: { connectionAgeMs: 50 } } });
    const client = await FrameClient.connect(server.port);
    await setTimeout(100);
    client.request(1, STATUS);
    const answered = await client.next(endOf(1));
    expect(answered.streamId).toBe(1);
    const goaway = await client.next(({ type }) => type === FRAME.GOAWAY);
    expect(goaway.payload.readUInt32BE(0)).toBe(1);
    client.request(3, STATUS);
    await expect(client.next(({ streamId }) => streamId === 3)).rejects.toThrow("the connection has ended");
  });

  test("requests that arrive together with the one that ends an old connection are answered", async () => {
    await using server = await startTestServer({
      listener: { limits: { connectionAgeMs: 50 } },
      getMfaStatus: slowEcho(1),
    });
    const client = await FrameClient.connect(server.port);
    await setTimeout(100);
    for (const streamId of [1, 3, 5]) client.request(streamId, STATUS);
    const goaway = await client.next(({ type }) => type === FRAME.GOAWAY);
    expect(goaway.payload.readUInt32BE(0)).toBe(5);
    for (const streamId of [1, 3, 5]) await client.next(endOf(streamId));
  });

  test("an age of 0 is for ever", async () => {
    await using server = await startTestServer({ listener: { limits: { connectionAgeMs: 0 } } });
    await using proxy = await countingProxy(server.port);
    using client = grpcJsClient(`127.0.0.1:${proxy.port}`);
    const end = performance.now() + 300;
    await load(
      (userId) => client.call(MfaService.method.getMfaStatus, { userId }),
      4,
      () => performance.now() < end,
    );
    expect(proxy.connections()).toBe(1);
  });

  test("a watcher on an old connection is cut off after the grace", async () => {
    await using server = await startTestServer({
      listener: { limits: { connectionAgeMs: 50, connectionAgeGraceMs: 100 } },
    });
    const session = connectHttp2(server.url);
    session.on("error", () => undefined);
    const watch = session.request({
      ":method": "POST",
      ":path": "/grpc.health.v1.Health/Watch",
      "content-type": "application/grpc",
    });
    watch.on("error", () => undefined).resume();
    watch.end(Buffer.alloc(5));
    const closed = once(session, "close");
    await setTimeout(100);
    // Where the first request was late, the connection is old and closed already.
    if (!session.closed)
      session
        .request({ ":method": "POST", ":path": "/x", "content-type": "application/grpc" })
        .on("error", () => undefined)
        .end();
    await closed;
    expect(watch.destroyed).toBe(true);
  });
});

describe("drain", () => {
  test.each(clientKinds)("%s: calls in flight finish, and the port closes", async (kind: ClientKind) => {
    const gate = new EventEmitter();
    const open = once(gate, "open");
    let entered = 0;
    await using server = await startTestServer({
      getMfaStatus: async ({ userId }) => {
        entered += 1;
        await open;
        return { maskedDestination: userId };
      },
    });
    const client = mfaClient(kind, server.url);
    const calls = Promise.all(Array.from({ length: 20 }, (_, n) => client.getMfaStatus({ userId: `u${n}` })));
    await expect.poll(() => entered).toBe(20);
    const drained = server.drain(20_000);
    await untilDone(() => expect(rawTcp(server.port)).rejects.toMatchObject({ code: "ECONNREFUSED" }));
    gate.emit("open");
    const answers = await calls;
    expect(answers.map(({ maskedDestination }) => maskedDestination)).toEqual(answers.map((_, n) => `u${n}`));
    await drained;
  });

  test("a request that crosses it is answered, and ends its connection", async () => {
    await using server = await startTestServer();
    const client = await FrameClient.connect(server.port);
    await client.next(({ type }) => type === FRAME.SETTINGS);
    const drained = server.drain(MORE_THAN_A_TEST_HAS_MS, MORE_THAN_A_TEST_HAS_MS);
    await untilDone(() => expect(rawTcp(server.port)).rejects.toMatchObject({ code: "ECONNREFUSED" }));
    client.request(1, STATUS);
    await client.next(endOf(1));
    const goaway = await client.next(({ type }) => type === FRAME.GOAWAY);
    expect(goaway.payload.readUInt32BE(0)).toBe(1);
    await drained;
  });

  test("the first request of a connection that was just accepted is answered", async () => {
    await using server = await startTestServer();
    const client = await FrameClient.connect(server.port);
    client.request(1, STATUS);
    const drained = server.drain(MORE_THAN_A_TEST_HAS_MS, MORE_THAN_A_TEST_HAS_MS);
    await client.next(endOf(1));
    await drained;
  });

  test("a client that watches again on its connection does not hold it up", async () => {
    await using server = await startTestServer();
    const client = await FrameClient.connect(server.port);
    await client.next(({ type }) => type === FRAME.SETTINGS);
    const drained = server.drain(MORE_THAN_A_TEST_HAS_MS, MORE_THAN_A_TEST_HAS_MS);
    client.request(1, "/grpc.health.v1.Health/Watch");
    await client.next(endOf(1));
    await drained;
  });

  test("connections that the system made before it are accepted", async () => {
    await using server = await startTestServer();
    const socket = connect(server.port, "127.0.0.1");
    // The system connects it in this turn of the event loop; the server accepts it in a later one.
    const answer = text(socket);
    socket.write("GET /none HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
    const drained = server.drain(MORE_THAN_A_TEST_HAS_MS);
    expect(await answer).toMatch(/^HTTP\/1\.1 404 /);
    await drained;
  });

  test("a connection without a request gets its GOAWAY after the quiet time", async () => {
    await using server = await startTestServer();
    const client = await FrameClient.connect(server.port);
    await client.next(({ type }) => type === FRAME.SETTINGS);
    const drained = server.drain(MORE_THAN_A_TEST_HAS_MS, 50);
    await client.next(({ type }) => type === FRAME.GOAWAY);
    await drained;
  });

  test("idle connections do not hold it up", async () => {
    await using server = await startTestServer();
    for (const kind of clientKinds) await mfaClient(kind, server.url).getMfaStatus({});
    const silent = connect(server.port, "127.0.0.1");
    await once(silent, "connect");
    await server.drain(MORE_THAN_A_TEST_HAS_MS);
  });

  test("what does not end within the grace is cut off, and its handler is told", async () => {
    let entered = false;
    let aborted = false;
    await using server = await startTestServer({
      getMfaStatus: async (_request, { signal }) => {
        entered = true;
        await once(signal, "abort");
        aborted = true;
        return {};
      },
    });
    const call = mfaClient("gRPC over HTTP/2", server.url).getMfaStatus({});
    call.catch(() => undefined);
    await expect.poll(() => entered).toBe(true);
    await server.drain(200);
    await expect(call).rejects.toThrow();
    await server.pipeline.idle();
    expect(aborted).toBe(true);
  });
});

describe("limits", () => {
  test("a client that leaves takes its HTTP/2 connection with it", async () => {
    await using server = await startTestServer();
    const transport = transportOf("gRPC over HTTP/2", server.url);
    await createClient(Health, transport).check({});
    const session = connectHttp2(server.url);
    await once(session, "connect");
    session.close();
    await once(session, "close");
    await server.drain(MORE_THAN_A_TEST_HAS_MS);
  });
});
