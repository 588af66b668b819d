import { once } from "node:events";
import { type ClientHttp2Session, connect, constants, type IncomingHttpHeaders } from "node:http2";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import {
  COMBINATIONS,
  EARLY_ANSWERS,
  type EarlyAnswer,
  PROTOCOLS,
  type Protocol,
  SIZES,
  STATUS,
  startRefusingServer,
} from "./support/early-answers.js";
import { FRAME, FrameClient } from "./support/frames.js";
import { frame } from "./support/raw.js";
import { startTestServer, type TestServer } from "./support/test-server.js";

/** Node 20 cannot be told how many resets a connection may have. */
const RESETS_ARE_SETTABLE = Number(process.versions.node.split(".")[0]) >= 24;
const EMPTY = frame(Buffer.alloc(0));

let session: ClientHttp2Session | undefined;
let server: TestServer | undefined;

beforeEach(() => {
  session = undefined;
});

afterEach(async () => {
  session?.destroy();
  await server?.[Symbol.asyncDispose]();
});

/** One connection, as a proxy has one for many callers. Fails the test once it is ended. */
function connectTo({ url }: TestServer): ClientHttp2Session {
  session = connect(url);
  session.on("error", () => undefined);
  return session;
}

interface Sent {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

/** Writes the whole request before it looks at the answer, as many clients do. Resolves to the answer's head and trailers. */
async function whole(connection: ClientHttp2Session, { headers, body }: Sent): Promise<IncomingHttpHeaders> {
  const stream = connection.request({ ":method": "POST", ...headers });
  let answer: IncomingHttpHeaders = {};
  const take = (fields: IncomingHttpHeaders) => {
    answer = { ...answer, ...fields };
  };
  stream.on("response", take).on("trailers", take);
  const ended = once(stream, "close", { signal: AbortSignal.timeout(60_000) });
  await Promise.all([
    new Promise<void>((resolve) => stream.end(body, resolve)),
    ended.then(() => undefined),
    once(stream.resume(), "end"),
  ]);
  return answer;
}

function login(connection: ClientHttp2Session): Promise<IncomingHttpHeaders> {
  return whole(connection, {
    headers: { ":path": STATUS, "content-type": "application/grpc", te: "trailers" },
    body: EMPTY,
  });
}

function early(how: Protocol, { method, path, contentType, host, headers }: EarlyAnswer) {
  return {
    ":method": method ?? "POST",
    ":path": path ?? how.path,
    "content-type": contentType ?? how.contentType,
    ...headers?.(how),
    ...(host === undefined ? {} : { ":authority": "localhost", host: "other.example" }),
  };
}

describe("over HTTP/2 no early answer is lost by a client that writes its whole request first", () => {
  test.each(COMBINATIONS)(
    "over HTTP/2 no early answer is lost by a client that writes its whole request first: $protocol, $name",
    async ({ how, early: refused }) => {
      server = await startRefusingServer();
      const connection = connectTo(server);
      const sizes = refused.sizes ?? SIZES;
      const answers = await Promise.all(
        sizes.map((size) =>
          whole(connection, { headers: early(how, refused), body: (refused.body ?? how.body)(size) }),
        ),
      );
      for (const answer of answers) {
        if (how === PROTOCOLS["Connect unary"]) expect(answer[":status"]).toBe(refused.status);
        else expect(answer[":status"]).toBeGreaterThanOrEqual(200);
        expect(answer["cache-control"]).toBe("no-store");
      }
      expect(await login(connection)).toMatchObject({ "grpc-status": "0" });
    },
  );

  test("a body without end is reset once a bounded rest has been read", async () => {
    server = await startRefusingServer();
    const stream = connectTo(server).request({
      ...early(PROTOCOLS["Connect unary"], EARLY_ANSWERS["an unknown caller"]),
    });
    stream.on("error", () => undefined);
    let written = 0;
    const write = () => {
      do written += 65_536;
      while (stream.write(Buffer.alloc(65_536)));
    };
    stream.on("drain", write);
    write();
    const [head] = (await once(stream, "response")) as [IncomingHttpHeaders];
    expect(head[":status"]).toBe(401);
    await once(stream.resume(), "close");
    expect(stream.rstCode).toBe(constants.NGHTTP2_NO_ERROR);
    expect(written).toBeGreaterThan(4 * 1024 * 1024);
    expect(written).toBeLessThan(8 * 1024 * 1024);
  });

  test("a client that sends nothing more is reset soon", async () => {
    server = await startRefusingServer();
    const stream = connectTo(server).request(early(PROTOCOLS.gRPC, EARLY_ANSWERS["an unknown path"]), {
      endStream: false,
    });
    await once(stream.resume(), "close");
  });
});

describe("one caller does not end the calls of others on a shared connection", () => {
  test("one caller does not end the calls of others on a shared connection by 4,000 requests that are answered before they are read", async () => {
    server = await startRefusingServer();
    const connection = connectTo(server);
    const refused = early(PROTOCOLS["Connect unary"], EARLY_ANSWERS["an unknown encoding"]);
    const body = PROTOCOLS["Connect unary"].body(2_000);
    const statuses = new Map<unknown, number>();
    const refuse = async () => {
      for (let left = 4_000 / 24; left > 0; left -= 1) {
        const { ":status": status } = await whole(connection, { headers: refused, body });
        statuses.set(status, (statuses.get(status) ?? 0) + 1);
      }
    };
    const done = new AbortController();
    const others = (async () => {
      while (!done.signal.aborted) expect(await login(connection)).toMatchObject({ "grpc-status": "0" });
    })();
    await Promise.all([others, Promise.all(Array.from({ length: 24 }, refuse)).finally(() => done.abort())]);
    expect([...statuses.keys()]).toEqual([501]);
    expect(connection.closed).toBe(false);
  });

  test.skipIf(!RESETS_ARE_SETTABLE)(
    "one caller does not end the calls of others on a shared connection by resetting hundreds of streams a second, as deadlines do while a store is away",
    async () => {
      server = await startTestServer({ verifyCode: (_request, { signal }) => hang(signal) });
      const connection = connectTo(server);
      const path = "/countersign.mfa.v1.MfaService/VerifyCode";
      let ended = 0;
      for (let round = 0; round < 80; round += 1) {
        const calls = Array.from({ length: 50 }, () => {
          const stream = connection.request({
            ":method": "POST",
            ":path": path,
            "content-type": "application/grpc",
            te: "trailers",
          });
          stream.on("error", () => undefined).end(EMPTY);
          return stream;
        });
        await sleep(40);
        for (const call of calls) call.close(constants.NGHTTP2_CANCEL);
        ended += calls.length;
        expect(await login(connection)).toMatchObject({ "grpc-status": "0" });
      }
      expect(ended).toBe(4_000);
      expect(connection.closed).toBe(false);
    },
  );
});

describe("rapid reset (CVE-2023-44487)", () => {
  const RESETS = 5_000;

  test.each([
    ["gRPC", { "x-stranger": "1" }],
    ["Connect", { "x-stranger": "1", "content-type": "application/proto" }],
    ["a foreign origin", { origin: "https://evil.example" }],
  ])(
    "rapid reset (CVE-2023-44487) by a stranger ends the connection, and serves few of the calls: %s",
    async (_name, fields) => {
      server = await startRefusingServer();
      const client = await FrameClient.connect(server.port);
      const goaway = client.next(({ type }) => type === FRAME.GOAWAY);
      for (let stream = 1; stream < RESETS * 2 && !client.hasEnded; stream += 2) {
        client.headers(stream, STATUS, fields);
        client.reset(stream);
        // The end is read before a write finds out, which would lose what was not read.
        if (stream % 200 === 1) await new Promise((resolve) => setImmediate(resolve));
      }
      const { payload } = await goaway;
      if (RESETS_ARE_SETTABLE) expect(payload.readUInt32BE(4)).toBe(constants.NGHTTP2_ENHANCE_YOUR_CALM);
      // The burst, what is allowed meanwhile, and what one read of the socket brings.
      expect(payload.readUInt32BE(0)).toBeLessThan(2 * 1_500);
      client.destroy();
      expect(await login(connectTo(server))).toMatchObject({ "grpc-status": "0" });
    },
  );

  test.skipIf(!RESETS_ARE_SETTABLE)(
    "rapid reset (CVE-2023-44487) by a stranger leaves a call in flight to another caller of the connection",
    async () => {
      let finish: (() => void) | undefined;
      server = await startTestServer({
        verifyCode: () => new Promise((resolve) => (finish = () => resolve({}))),
        pipeline: {
          authenticate: ({ header }) => (header("x-stranger") === undefined ? { id: "test" } : undefined),
        },
      });
      const client = await FrameClient.connect(server.port);
      client.request(1, "/countersign.mfa.v1.MfaService/VerifyCode");
      for (let stream = 3; stream < RESETS * 2; stream += 2) {
        client.headers(stream, STATUS, { "x-stranger": "1" });
        client.reset(stream);
      }
      await client.next(({ type }) => type === FRAME.GOAWAY);
      finish?.();
      await client.next(
        ({ type, streamId, flags }) => type === FRAME.HEADERS && streamId === 1 && (flags & 1) === 1,
      );
      client.destroy();
    },
  );
});

/** A call that its store never answers. */
function hang(signal: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) => {
    signal.addEventListener("abort", () => reject(new Error("the client went away")));
  });
}
