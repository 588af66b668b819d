import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import {
  COMBINATIONS,
  EARLY_ANSWERS,
  type EarlyAnswer,
  json,
  PROTOCOLS,
  type Protocol,
  SIZES,
  STATUS,
  startRefusingServer,
} from "./support/early-answers.js";
import { Http1Connection } from "./support/http1-connection.js";
import type { TestServer } from "./support/test-server.js";

let server: TestServer;
let handled = 0;

beforeAll(async () => {
  server = await startRefusingServer(() => {
    handled += 1;
  });
});

beforeEach(() => {
  handled = 0;
});

afterAll(() => server[Symbol.asyncDispose]());

/** A request whose end is announced by its length, or found by its chunks. */
function requestOf(
  protocol: Protocol,
  early: EarlyAnswer,
  { size, chunked }: { size: number; chunked: boolean },
) {
  const body = (early.body ?? protocol.body)(size);
  const fields = {
    host: early.host ?? "localhost",
    "content-type": early.contentType ?? protocol.contentType,
    ...early.headers?.(protocol),
    ...(chunked ? { "transfer-encoding": "chunked" } : { "content-length": String(body.length) }),
  };
  const lines = Object.entries(fields).map(([name, value]) => `${name}: ${value}\r\n`);
  const head = `${early.method ?? "POST"} ${early.path ?? protocol.path} HTTP/1.1\r\n${lines.join("")}\r\n`;
  if (!chunked) return Buffer.concat([Buffer.from(head), body]);
  const chunk =
    body.length === 0 ? [] : [Buffer.from(`${body.length.toString(16)}\r\n`), body, Buffer.from("\r\n")];
  return Buffer.concat([Buffer.from(head), ...chunk, Buffer.from("0\r\n\r\n")]);
}

const GOOD = `POST ${STATUS} HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: 2\r\n\r\n{}`;

/** Returns how many of the requests after it were served; none is left without an answer unless the connection closed, as announced. */
async function reuse(request: Buffer, { after, pipelined }: { after: number; pipelined: boolean }) {
  const connection = await Http1Connection.connect(server.port);
  const writeAll = () => connection.write(GOOD.repeat(after));
  connection.write(request);
  if (pipelined) writeAll();
  const answer = await connection.next();
  if (answer === undefined) throw new Error("the connection closed without an answer");
  const closes = answer.headers.get("connection")?.toLowerCase() === "close";
  if (!pipelined && !closes) writeAll();
  let served = 0;
  for (let left = after; left > 0; left -= 1) {
    const next = await connection.next();
    if (next === undefined) break;
    expect(next.status).toBe(200);
    served += 1;
  }
  if (closes) expect(await connection.next()).toBeUndefined();
  connection.destroy();
  expect({ served, closes }).toEqual({ served: closes ? 0 : after, closes });
  return { status: answer.status, served };
}

describe("after an early answer an HTTP/1.1 connection serves the next request or closes", () => {
  test.each(COMBINATIONS)(
    "after an early answer an HTTP/1.1 connection serves the next request or closes: $protocol, $name",
    async ({ how, early }) => {
      const forms = (early.sizes ?? SIZES).flatMap((size) => [
        { size, chunked: false },
        { size, chunked: true },
      ]);
      const outcomes = await Promise.all(
        forms.map(async (form) => {
          const request = requestOf(how, early, form);
          return [
            await reuse(request, { after: 1, pipelined: false }),
            await reuse(request, { after: 1, pipelined: true }),
            await reuse(request, { after: 5, pipelined: false }),
            await reuse(request, { after: 5, pipelined: true }),
          ];
        }),
      );
      const all = outcomes.flat();
      if (how === PROTOCOLS["Connect unary"])
        expect(new Set(all.map(({ status }) => status))).toEqual(new Set([early.status]));
      // What stood behind an answer that closed took no effect.
      expect(handled).toBe(all.reduce((sum, { served }) => sum + served, 0));
    },
  );

  test.each([64 * 1024, 130 * 1024])("a body of %i bytes keeps its connection", async (size) => {
    const request = requestOf(PROTOCOLS["gRPC-Web"], EARLY_ANSWERS["an unknown caller"], {
      size,
      chunked: false,
    });
    expect(await reuse(request, { after: 1, pipelined: false })).toMatchObject({ served: 1 });
  });

  test("a body that never ends is answered at the deadline, and the connection closes", async () => {
    const head = `POST ${STATUS} HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\nconnect-timeout-ms: 100\r\ncontent-length: 9\r\n\r\n{`;
    const connection = await Http1Connection.connect(server.port);
    connection.write(head);
    const answer = await connection.next();
    expect(answer?.status).toBe(504);
    expect(answer?.headers.get("connection")).toBe("close");
    expect(await connection.next()).toBeUndefined();
  });

  test("a client that writes 2 MB before it reads gets its answer", async () => {
    const connection = await Http1Connection.connect(server.port);
    const body = json(2 * 1024 * 1024);
    connection.write(
      `POST ${STATUS} HTTP/1.1\r\nhost: localhost\r\nx-stranger: 1\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n`,
    );
    for (let at = 0; at < body.length; at += 65_536) {
      connection.write(body.subarray(at, at + 65_536));
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    expect((await connection.next())?.status).toBe(401);
    connection.destroy();
  });
});
