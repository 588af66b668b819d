import { once } from "node:events";
import { connect as connectHttp2 } from "node:http2";
import { connect } from "node:net";
import { Duplex } from "node:stream";
import { setTimeout } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { untilDone } from "../support/until.js";
import { mfaClient } from "./support/clients.js";
import { connectErrorIn } from "./support/connect-error.js";
import { bodyOf, frame, http2Request, rawTcp } from "./support/raw.js";
import { startTestServer, type TestServer } from "./support/test-server.js";

const STATUS = "/countersign.mfa.v1.MfaService/GetMfaStatus";
const SHORT = { sniffTimeoutMs: 400, headersTimeoutMs: 600, requestTimeoutMs: 2_000 };

let server: TestServer;

beforeEach(async () => {
  server = await startTestServer({
    listener: { limits: SHORT },
    pipeline: {
      deadlines: { defaultMs: 400, maxMs: 400 },
      // Whatever the host is called.
      authenticate: () => ({ id: "test" }),
    },
  });
});

/** Whatever a test sent, the process lives and serves. */
afterEach(async () => {
  // With limits as short as these, a busy machine may cut off a client that does all right.
  const answer = await untilDone(() =>
    mfaClient("gRPC over HTTP/2", server.url).getMfaStatus({ userId: "still here" }),
  );
  expect(answer.maskedDestination).toBe("still here");
  expect(server.log.lines.filter(({ level }) => level === "error")).toEqual([]);
  await server[Symbol.asyncDispose]();
});

describe("slow and silent clients", () => {
  test("a connection that says nothing is dropped", async () => {
    expect(await rawTcp(server.port)).toBe("");
  });

  test("a connection that sends half a preface is dropped", async () => {
    expect(await rawTcp(server.port, "PRI * HTTP/2.0\r\n")).toBe("");
  });

  test("an HTTP/2 connection that never sends its settings is dropped", async () => {
    expect(await rawTcp(server.port, "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0")).not.toBe("");
  });

  test("headers that never end get 408", async () => {
    const answer = await rawTcp(server.port, `POST ${STATUS} HTTP/1.1\r\nHost: x\r\nX-Slow: `);
    expect(answer).toMatch(/^HTTP\/1\.1 408 /);
    expect(connectErrorIn(bodyOf(answer)).reason).toBe("DEADLINE_EXCEEDED");
  });

  test("a client that closes before it says what it speaks leaves nothing behind", async () => {
    const socket = connect(server.port, "127.0.0.1");
    await once(socket, "connect");
    socket.resume().end("PO");
    expect(await once(socket, "close")).toEqual([false]);
  });

  test("an HTTP/2 preface byte by byte is understood", async () => {
    await using patient = await startTestServer();
    const session = connectHttp2(patient.url, { createConnection: () => dribbling(patient.port) });
    const stream = session.request({
      ":method": "POST",
      ":path": STATUS,
      "content-type": "application/grpc",
    });
    stream.end(frame(Buffer.alloc(0)));
    const [headers] = (await once(stream, "response")) as [{ ":status": number }];
    expect(headers[":status"]).toBe(200);
    session.destroy();
  });

  test.each([
    ["gRPC", { "content-type": "application/grpc" }],
    ["gRPC through Connect's handlers", { "content-type": "application/grpc", "grpc-encoding": "gzip" }],
  ])("%s: a body that never ends is answered at the deadline", async (_name, headers) => {
    const { headers: answer, headersOnly } = await http2Request(
      server.url,
      { ":path": STATUS, ...headers },
      { open: frame(Buffer.alloc(9)).subarray(0, 7) },
    );
    expect(answer).toMatchObject({ "grpc-status": "4" });
    expect(headersOnly).toBe(true);
  });

  test("Connect: a body that never ends is answered at the deadline", async () => {
    const head = `POST ${STATUS} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 9\r\n\r\n{`;
    expect(await rawTcp(server.port, head)).toMatch(/^HTTP\/1\.1 504 [\s\S]*DEADLINE_EXCEEDED/);
  });
});

/** A connection whose first bytes leave one at a time. */
function dribbling(port: number): Duplex {
  const socket = connect({ port, host: "127.0.0.1", noDelay: true });
  let sent = 0;
  async function dribble(chunk: Buffer): Promise<void> {
    for (; sent < 30 && chunk.length > 0; sent += 1) {
      socket.write(chunk.subarray(0, 1));
      chunk = chunk.subarray(1);
      await setTimeout(2);
    }
    socket.write(chunk);
  }
  const duplex = new Duplex({
    write: (chunk: Buffer, _encoding, done) => void dribble(chunk).then(() => done()),
    read: () => undefined,
    destroy: (_error, done) => {
      socket.destroy();
      done(null);
    },
  });
  socket.on("data", (piece) => duplex.push(piece)).on("error", () => undefined);
  return duplex;
}
