import type { Random } from "../support/random.js";
import { Http1Connection } from "./http1-connection.js";
import { judge } from "./judge.js";
import { mutateBytes } from "./mutations.js";
import { ANSWER_MS, type SessionTarget } from "./session.js";

const RPC = "countersign.mfa.v1.MfaService/IsMfaRequired";
const BODY = '{"userId":"probe"}';

/** Header lines that no client should send (RFC 9112, sections 2 to 6), and some that one may. */
const LINES = [
  "Content-Length: 5",
  "Content-Length: +18",
  "Content-Length: 18, 18",
  "Content-Length: 99999999999999999999",
  "Transfer-Encoding: chunked",
  "Transfer-Encoding: chunked, identity",
  "Transfer-Encoding: xchunked",
  "Transfer-Encoding:\tchunked",
  "Transfer-Encoding : chunked",
  "Host: evil.example",
  "Host: a b",
  " folded",
  "Bad Header: x",
  "X-Nul: a\0b",
  ": no name",
  "no colon",
  "Expect: 100-continue",
  "Expect: 200-ok",
  "Connection: close",
  "Connection: keep-alive, Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAAP__",
  "Connection: Upgrade\r\nUpgrade: websocket",
  `X-Large: ${"x".repeat(17_000)}`,
  ...Array.from({ length: 3 }, (_, at) => `X-Many: ${at}`),
];

const REQUEST_LINES = [
  `POST /${RPC} HTTP/1.1`,
  `POST /${RPC} HTTP/1.0`,
  `POST /${RPC} HTTP/1.2`,
  `POST /${RPC} HTTP/2.0`,
  `POST  /${RPC} HTTP/1.1`,
  `POST http://evil.example/${RPC} HTTP/1.1`,
  `post /${RPC} HTTP/1.1`,
  `POST /${RPC}`,
  "CONNECT 127.0.0.1:80 HTTP/1.1",
  "OPTIONS * HTTP/1.1",
  "TRACE / HTTP/1.1",
  "PRI * HTTP/2.0",
];

/** A damaged request with a good one behind it. */
export function generateHeads(random: Random): Buffer {
  const line = random.chance(0.6) ? REQUEST_LINES[0]! : random.pick(REQUEST_LINES);
  const extra = Array.from({ length: random.below(3) }, () => random.pick(LINES));
  let first = request(line, extra);
  if (random.chance(0.3)) first = mutateBytes(random, first);
  return Buffer.concat([first, request(REQUEST_LINES[0]!, ["Connection: close"])]);
}

function request(line: string, extra: readonly string[]): Buffer {
  const head = [
    line,
    "Host: localhost",
    "Content-Type: application/json",
    ...extra,
    `Content-Length: ${BODY.length}`,
  ];
  return Buffer.from(`${head.join("\r\n")}\r\n\r\n${BODY}`, "latin1");
}

/** What ends the first line of each request; no body has it. */
const VERSIONS = /HTTP\/\d\.\d/g;

/**
 * Each request gets one documented answer, or the first ones get theirs and the connection ends. More answers than there are requests, some of
 * which damage may have doubled, would mean that the body of one was taken for a request. Answers what is wrong.
 */
export async function runHeads(bytes: Buffer, target: SessionTarget): Promise<string | undefined> {
  using connection = await Http1Connection.connect(target.port);
  connection.write(bytes);
  // A request that tells a longer body than it has ends here.
  connection.end();
  const method = target.methods.get(RPC)!;
  const requests = Math.max(2, bytes.toString("latin1").match(VERSIONS)?.length ?? 0);
  for (let answers = 0; ; answers += 1) {
    try {
      const answer = await connection.answer("POST", ANSWER_MS);
      if (answers === requests) return `more than ${requests} answers to as many requests`;
      const what = judge(answer, method, "POST");
      if (what !== undefined) return what;
    } catch (error) {
      const what = error instanceof Error ? error.message : String(error);
      return what === "closed without an answer, after 0 bytes" ? undefined : what;
    }
  }
}
