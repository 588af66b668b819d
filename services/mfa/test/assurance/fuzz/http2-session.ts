import { once } from "node:events";
import { type ClientHttp2Session, connect, constants, type IncomingHttpHeaders } from "node:http2";
import { cut } from "./http1-session.js";
import type { Input } from "./input.js";
import { type HttpAnswer, judge } from "./judge.js";
import {
  ANSWER_MS,
  type Finding,
  headerBytes,
  MAX_HEADER_BYTES,
  type Session,
  type SessionTarget,
} from "./session.js";

/** Sends a session's inputs over one connection, and judges what comes back. Answers the first finding. */
export async function runHttp2(session: Session, target: SessionTarget): Promise<Finding | undefined> {
  const connection = connect(`http://127.0.0.1:${target.port}`);
  let broken: string | undefined;
  connection.on("error", (error: Error) => (broken ??= error.message));
  connection.on("goaway", (code) => (broken ??= `GOAWAY with error code ${code}`));
  try {
    await once(connection, "remoteSettings");
    const run = async (at: number) => {
      const what = await judged(connection, session.inputs[at]!, target);
      return what === undefined ? undefined : { at, what };
    };
    const places = [...session.inputs.keys()];
    const findings = session.atOnce ? await Promise.all(places.map(run)) : await inTurn(places, run);
    const found = findings.find((each) => each !== undefined);
    return found ?? (broken === undefined ? undefined : { at: places.length - 1, what: broken });
  } catch (error) {
    return { at: 0, what: error instanceof Error ? error.message : String(error) };
  } finally {
    // Node 20 does not bear a session destroyed amidst its own callbacks.
    setImmediate(() => connection.destroy());
  }
}

async function inTurn<T>(
  places: readonly number[],
  run: (at: number) => Promise<T | undefined>,
): Promise<(T | undefined)[]> {
  for (const at of places) {
    const finding = await run(at);
    if (finding !== undefined) return [finding];
  }
  return [];
}

async function judged(
  connection: ClientHttp2Session,
  input: Input,
  target: SessionTarget,
): Promise<string | undefined> {
  const method = target.methods.get(input.rpc)!;
  const answer = await exchange(connection, input, {
    authorization: await target.authorization(input.caller),
    firstMessageOnly: method.methodKind !== "unary",
  });
  if (typeof answer !== "string") return judge(answer, method, input.httpMethod);
  // Headers over the limit are answered with a reset, as docs/transport.md says.
  if (headerBytes(input) > MAX_HEADER_BYTES) return undefined;
  return answer;
}

interface Exchange {
  readonly authorization: string | undefined;
  /** A stream of messages may go on for ever: its first is its answer. */
  readonly firstMessageOnly: boolean;
}

/** The answer, or what came instead of one. */
function exchange(
  connection: ClientHttp2Session,
  input: Input,
  { authorization, firstMessageOnly }: Exchange,
): Promise<HttpAnswer | string> {
  return new Promise((resolve) => {
    if (connection.destroyed || connection.closed) {
      resolve("the connection has ended");
      return;
    }
    const stream = connection.request(
      {
        ":method": input.httpMethod,
        ":path": input.path,
        te: "trailers",
        ...Object.fromEntries(input.headers),
        ...(authorization === undefined ? {} : { authorization }),
      },
      { endStream: false },
    );
    let answer: { status: number; headers: ReadonlyMap<string, string> } | undefined;
    let trailers: ReadonlyMap<string, string> = new Map();
    const pieces: Buffer[] = [];
    const complete = () =>
      resolve(
        answer === undefined ? "ended without headers" : { ...answer, trailers, body: Buffer.concat(pieces) },
      );
    stream.on(
      "response",
      (headers) => (answer = { status: Number(headers[":status"]), headers: fieldsOf(headers) }),
    );
    stream.on("trailers", (fields: IncomingHttpHeaders) => (trailers = fieldsOf(fields)));
    stream.on("data", (piece: Buffer) => {
      pieces.push(piece);
      if (!firstMessageOnly || !holdsMessage(Buffer.concat(pieces))) return;
      trailers = new Map([["grpc-status", "0"]]);
      complete();
      setImmediate(() => stream.close(constants.NGHTTP2_CANCEL));
    });
    stream.on("end", complete);
    stream.on("error", (error: Error) => resolve(error.message));
    stream.on("close", () => resolve(`reset with error code ${stream.rstCode}`));
    stream.setTimeout(ANSWER_MS, () => {
      resolve("no answer in time");
      stream.close(constants.NGHTTP2_CANCEL);
    });
    for (const piece of cut(input)) stream.write(piece);
    stream.end();
  });
}

/** Whether a whole message has come: five bytes of a prefix tell how long it is. */
function holdsMessage(body: Buffer): boolean {
  return body.length >= 5 && body.length >= 5 + body.readUInt32BE(1);
}

function fieldsOf(headers: IncomingHttpHeaders): ReadonlyMap<string, string> {
  return new Map(Object.entries(headers).map(([name, value]) => [name, String(value)]));
}
