import { type ClientHttp2Session, connect } from "node:http2";
import {
  create,
  type DescMessage,
  type DescMethodUnary,
  fromBinary,
  type MessageInitShape,
  type MessageShape,
  toBinary,
} from "@bufbuild/protobuf";

/**
 * Unary gRPC over Node's HTTP/2 alone. A client library spends as much on a call as the service does, and a race wants as many concurrent calls as
 * there can be.
 */
export class BareClient implements AsyncDisposable {
  readonly #session: ClientHttp2Session;

  constructor(url: string) {
    this.#session = connect(url);
    this.#session.on("error", () => undefined);
  }

  /** Answers with the message; rejects with the status of an error. */
  async call<I extends DescMessage, O extends DescMessage>(
    method: DescMethodUnary<I, O>,
    request: MessageInitShape<I>,
  ): Promise<MessageShape<O>> {
    const message = toBinary(method.input, create(method.input, request));
    const framed = Buffer.alloc(PREFIX + message.length);
    framed.writeUInt32BE(message.length, 1);
    framed.set(message, PREFIX);
    const answer = await this.#exchange(`/${method.parent.typeName}/${method.name}`, framed);
    return fromBinary(method.output, answer.subarray(PREFIX));
  }

  #exchange(path: string, body: Buffer): Promise<Buffer> {
    return new Promise((resolve, reject) => {
      const stream = this.#session.request({
        ":method": "POST",
        ":path": path,
        "content-type": "application/grpc+proto",
        te: "trailers",
      });
      const pieces: Buffer[] = [];
      stream.on("response", (headers) => {
        const status = headers["grpc-status"];
        if (status !== undefined)
          reject(new Error(`status ${String(status)}: ${String(headers["grpc-message"])}`));
      });
      stream.on("data", (piece: Buffer) => pieces.push(piece));
      stream.on("error", reject);
      stream.on("end", () => resolve(Buffer.concat(pieces)));
      stream.end(body);
    });
  }

  [Symbol.asyncDispose](): Promise<void> {
    return new Promise((resolve) => this.#session.close(resolve));
  }
}

/** What stands before a gRPC message: whether it is compressed, and its length. */
const PREFIX = 5;
