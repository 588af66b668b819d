import { Http1Connection } from "./http1-connection.js";
import type { Input } from "./input.js";
import { judge } from "./judge.js";
import { ANSWER_MS, type Finding, type Session, type SessionTarget } from "./session.js";

/** After any answer the connection serves the next request or closes; a probe at its end finds out. */
const PROBE = "/countersign.mfa.v1.MfaService/IsMfaRequired";

/** Sends a session's inputs over one connection, and judges what comes back. Answers the first finding. */
export async function runHttp1(session: Session, target: SessionTarget): Promise<Finding | undefined> {
  using connection = await Http1Connection.connect(target.port);
  const requests = await Promise.all(session.inputs.map((input) => requestPieces(input, target)));
  if (session.atOnce) for (const pieces of requests) writeAll(connection, pieces);
  let at = 0;
  try {
    for (const [place, input] of session.inputs.entries()) {
      at = place;
      if (!session.atOnce) writeAll(connection, requests[place]!);
      const answer = await connection.answer(input.httpMethod, ANSWER_MS);
      const what = judge(answer, target.methods.get(input.rpc)!, input.httpMethod);
      if (what !== undefined) return { at, what };
      if (answer.headers.get("connection") !== "close") continue;
      await connection.closed(ANSWER_MS);
      return undefined;
    }
    return await probe(connection, target, at);
  } catch (error) {
    return { at, what: error instanceof Error ? error.message : String(error) };
  }
}

async function probe(
  connection: Http1Connection,
  target: SessionTarget,
  at: number,
): Promise<Finding | undefined> {
  const body = Buffer.from('{"userId":"probe"}');
  const head = [
    `POST ${PROBE} HTTP/1.1`,
    "Host: localhost",
    "Content-Type: application/json",
    `Authorization: ${(await target.authorization("everything")) ?? ""}`,
    `Content-Length: ${body.length}`,
  ];
  connection.write(Buffer.concat([Buffer.from(`${head.join("\r\n")}\r\n\r\n`), body]));
  const { status } = await connection.answer("POST", ANSWER_MS);
  return status === 200 ? undefined : { at, what: `the next request on the connection got HTTP ${status}` };
}

function writeAll(connection: Http1Connection, pieces: readonly Buffer[]): void {
  for (const piece of pieces) connection.write(piece);
}

async function requestPieces(input: Input, target: SessionTarget): Promise<readonly Buffer[]> {
  const authorization = await target.authorization(input.caller);
  const head = [
    `${input.httpMethod} ${input.path} HTTP/1.1`,
    "Host: localhost",
    ...input.headers.map(([name, value]) => `${name}: ${value}`),
    ...(authorization === undefined ? [] : [`Authorization: ${authorization}`]),
    input.chunked ? "Transfer-Encoding: chunked" : `Content-Length: ${input.body.length}`,
  ];
  const pieces = cut(input);
  return [
    Buffer.from(`${head.join("\r\n")}\r\n\r\n`, "latin1"),
    ...(input.chunked ? [...pieces.map(chunk), Buffer.from("0\r\n\r\n")] : pieces),
  ];
}

function chunk(piece: Buffer): Buffer {
  return Buffer.concat([Buffer.from(`${piece.length.toString(16)}\r\n`), piece, Buffer.from("\r\n")]);
}

/** The body in the pieces in which it is written; none is empty. */
export function cut({ body, pieces }: Input): readonly Buffer[] {
  const ends = [...pieces, body.length];
  const starts = [0, ...pieces];
  return ends.map((end, index) => body.subarray(starts[index], end)).filter((piece) => piece.length > 0);
}
