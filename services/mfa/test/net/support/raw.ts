import { once } from "node:events";
import { connect as connectHttp2, type IncomingHttpHeaders, type OutgoingHttpHeaders } from "node:http2";
import { connect } from "node:net";
import { text } from "node:stream/consumers";

interface RawAnswer {
  readonly headers: IncomingHttpHeaders;
  readonly trailers: IncomingHttpHeaders;
  readonly body: Buffer;
  /** Whether the answer was one block of headers and nothing else. */
  readonly headersOnly: boolean;
}

/** One request over an HTTP/2 connection of its own. A request left open never sends its end. */
export async function http2Request(
  url: string,
  headers: OutgoingHttpHeaders,
  body: Buffer | { readonly open: Buffer },
): Promise<RawAnswer> {
  const session = connectHttp2(url);
  session.on("error", () => undefined);
  const stream = session.request({ ":method": "POST", ...headers });
  stream.on("error", () => undefined);
  if (!Buffer.isBuffer(body)) stream.write(body.open);
  else if (body.length > 0) stream.end(body);
  else stream.end();
  const pieces: Buffer[] = [];
  let trailers: IncomingHttpHeaders = {};
  stream.on("data", (piece: Buffer) => pieces.push(piece));
  stream.on("trailers", (received: IncomingHttpHeaders) => {
    trailers = received;
  });
  let headersOnly = false;
  stream.on("response", (_headers, flags) => {
    headersOnly = (flags & 1) === 1;
  });
  const [received] = (await once(stream, "response")) as [IncomingHttpHeaders];
  if (!stream.closed && !stream.readableEnded) await once(stream, "end");
  session.destroy();
  return { headers: received, trailers, body: Buffer.concat(pieces), headersOnly };
}

/** A unary gRPC request without compression. */
export function grpcRequest(url: string, method: string, body: Parameters<typeof http2Request>[2]) {
  return http2Request(url, { ":path": method, "content-type": "application/grpc", te: "trailers" }, body);
}

/** A gRPC message in its frame. */
export function frame(message: Buffer, compressed = 0): Buffer {
  const prefix = Buffer.alloc(5, compressed);
  prefix.writeUInt32BE(message.length, 1);
  return Buffer.concat([prefix, message]);
}

/** Writes bytes to a socket and answers all that comes back until the server closes it. */
export async function rawTcp(port: number, ...pieces: (string | Buffer)[]): Promise<string> {
  const socket = connect(port, "127.0.0.1");
  socket.on("error", () => undefined);
  await once(socket, "connect");
  for (const piece of pieces) socket.write(piece);
  return text(socket);
}

/** The body of an answer of HTTP/1.1 as it came over the wire. */
export function bodyOf(answer: string): string {
  return answer.slice(answer.indexOf("\r\n\r\n") + 4);
}
