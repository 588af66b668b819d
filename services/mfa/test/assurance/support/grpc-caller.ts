import { type ClientHttp2Session, connect, constants } from "node:http2";
import {
  create,
  type DescMessage,
  type DescMethodUnary,
  fromBinary,
  type MessageInitShape,
  type MessageShape,
  toBinary,
} from "@bufbuild/protobuf";
import { ErrorInfoSchema } from "@countersign/protocol/google/rpc/error_details_pb.js";
import { StatusSchema } from "@countersign/protocol/google/rpc/status_pb.js";

/** What came of a unary call: its message, the reason of its error, or what the connection did instead of answering. */
export type Answer<O extends DescMessage> =
  | { readonly kind: "message"; readonly message: MessageShape<O> }
  | { readonly kind: "error"; readonly status: number; readonly reason: string }
  | { readonly kind: "broken"; readonly cause: string };

/** A unary gRPC client with a credential over Node's HTTP/2 alone, cheap enough to time calls with. It connects again after a GOAWAY. */
export class GrpcCaller implements Disposable {
  #session: ClientHttp2Session | undefined;
  #calls = 0;

  constructor(
    private readonly url: string,
    private readonly authorization: () => Promise<string>,
    private readonly callsPerConnection = Infinity,
  ) {}

  /** Never rejects. `deadlineMs` is sent with the call; without an answer a second after it the call is broken. */
  async call<I extends DescMessage, O extends DescMessage>(
    method: DescMethodUnary<I, O>,
    request: MessageInitShape<I>,
    deadlineMs = 5_000,
  ): Promise<Answer<O>> {
    const message = toBinary(method.input, create(method.input, request));
    const framed = Buffer.alloc(PREFIX + message.length);
    framed.writeUInt32BE(message.length, 1);
    framed.set(message, PREFIX);
    const headers = {
      ":method": "POST",
      ":path": `/${method.parent.typeName}/${method.name}`,
      "content-type": "application/grpc+proto",
      te: "trailers",
      "grpc-timeout": `${deadlineMs}m`,
      authorization: await this.authorization(),
    };
    let session = this.#connected();
    let answer = await exchange(session, headers, framed, deadlineMs + 1_000);
    // Nothing of a refused stream was processed: every gRPC client sends it again (RFC 9113 section 8.7).
    for (let again = 0; again < MAX_REFUSALS && UNPROCESSED.has(answer); again += 1) {
      // A newer connection is other calls': closed while it connects, it would fail them.
      if (this.#session === session) this.#leave();
      session = this.#connected();
      answer = await exchange(session, headers, framed, deadlineMs + 1_000);
    }
    if (typeof answer === "string") return { kind: "broken", cause: answer };
    if (answer.status !== 0) return { kind: "error", status: answer.status, reason: answer.reason };
    return { kind: "message", message: fromBinary(method.output, answer.body.subarray(PREFIX)) };
  }

  [Symbol.dispose](): void {
    this.#session?.destroy();
  }

  /** Calls under way finish on the connection that they have. */
  #leave(): void {
    this.#session?.close();
    this.#session = undefined;
    this.#calls = 1;
  }

  #connected(): ClientHttp2Session {
    this.#calls += 1;
    if (this.#calls > this.callsPerConnection) this.#leave();
    if (this.#session !== undefined && !this.#session.closed && !this.#session.destroyed)
      return this.#session;
    const session = connect(this.url);
    session.on("error", () => undefined);
    session.on("goaway", () => {
      if (this.#session === session) this.#session = undefined;
    });
    this.#session = session;
    return session;
  }
}

function exchange(
  session: ClientHttp2Session,
  headers: Record<string, string>,
  body: Buffer,
  patienceMs: number,
): Promise<{ readonly status: number; readonly reason: string; readonly body: Buffer } | string> {
  return new Promise((resolve) => {
    const stream = session.request(headers);
    const pieces: Buffer[] = [];
    let ended: { readonly status: number; readonly reason: string } | undefined;
    const take = (fields: Record<string, unknown>) => {
      const status = fields["grpc-status"];
      if (status !== undefined) ended = { status: Number(status), reason: reasonIn(fields) };
    };
    stream.on("response", take).on("trailers", take);
    stream.on("data", (piece: Buffer) => pieces.push(piece));
    stream.on("error", (error: Error) => resolve(error.message));
    stream.on("close", () =>
      resolve(ended === undefined ? "closed without a status" : { ...ended, body: Buffer.concat(pieces) }),
    );
    stream.setTimeout(patienceMs, () => {
      resolve(`no answer in ${patienceMs} ms`);
      stream.close(constants.NGHTTP2_CANCEL);
    });
    stream.end(body);
  });
}

const MAX_REFUSALS = 3;
const UNPROCESSED = new Set<unknown>([
  "Stream closed with error code NGHTTP2_REFUSED_STREAM",
  "New streams cannot be created after receiving a GOAWAY",
]);

/** What stands before a gRPC message: whether it is compressed, and its length. */
const PREFIX = 5;

function reasonIn(fields: Record<string, unknown>): string {
  const details = fields["grpc-status-details-bin"];
  if (typeof details !== "string") return "";
  const status = fromBinary(StatusSchema, Buffer.from(details, "base64"));
  const info = status.details.find(({ typeUrl }) => typeUrl.endsWith(`/${ErrorInfoSchema.typeName}`));
  return info === undefined ? "" : fromBinary(ErrorInfoSchema, info.value).reason;
}
