import { setTimeout } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { frame, http2Request, rawTcp } from "./support/raw.js";
import { startTestServer } from "./support/test-server.js";

const STATUS = "/countersign.mfa.v1.MfaService/GetMfaStatus";
const INVALID_ARGUMENT = 3;

describe("a request that cannot be read, behind others that are under way", () => {
  const post = `POST ${STATUS} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}`;
  const unreadable = `POST ${STATUS} HTTP/1.1\r\nHost: localhost\r\nX-Large: ${"x".repeat(40_000)}\r\n\r\n`;
  const statusLines = (answer: string) =>
    [...answer.matchAll(/HTTP\/1\.1 (\d{3}) /g)].map(([, status]) => status);

  test("a request that cannot be read, behind others that are under way is answered after them", async () => {
    await using slow = await startTestServer({
      getMfaStatus: async () => {
        await setTimeout(50);
        return {};
      },
    });
    expect(statusLines(await rawTcp(slow.port, post, post, unreadable))).toEqual(["200", "200", "431"]);
  });

  test("a request that cannot be read, behind others that are under way does not get the answer of a HEAD", async () => {
    await using server = await startTestServer();
    const head = `HEAD ${STATUS} HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\n\r\n`;
    for (let n = 0; n < 10; n += 1) {
      const answer = await rawTcp(server.port, head + unreadable);
      expect(statusLines(answer)).toEqual(["405", "431"]);
    }
  });
});

describe("a message whose fault cannot be told in a URI", () => {
  test.each(["application/grpc+json", "application/grpc-web+json"])(
    "a message whose fault cannot be told in a URI is INVALID_ARGUMENT: %s",
    async (contentType) => {
      await using server = await startTestServer();
      // A lone surrogate, which encodeURIComponent refuses, in the name of a field that is not known.
      const message = frame(Buffer.from('{"\\ud800": 1}'));
      const answer = await http2Request(
        server.url,
        { ":path": STATUS, "content-type": contentType },
        message,
      );
      const status =
        answer.headers["grpc-status"] ?? /grpc-status: (\d+)/i.exec(answer.body.toString("latin1"))?.[1];
      expect(Number(status)).toBe(INVALID_ARGUMENT);
      expect(server.log.lines.filter(({ level }) => level === "error")).toEqual([]);
    },
  );
});
