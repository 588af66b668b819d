import { TransportError } from "../errors/transport-error.js";
import { MAX_MESSAGE_BYTES, tooLarge } from "../refusals/message-limit.js";

/** Before each message: one byte that says whether it is compressed, and its length in four. */
const PREFIX_BYTES = 5;

/** Collects the one message of a unary gRPC request. Throws TransportError as soon as the request is known to be wrong. */
export class GrpcRequestReader {
  readonly #pieces: Buffer[] = [];
  #received = 0;
  #expected: number | undefined;

  /** Takes the next piece of the body, of any size. */
  push(piece: Buffer): void {
    this.#pieces.push(piece);
    this.#received += piece.length;
    if (this.#expected === undefined && this.#received >= PREFIX_BYTES) this.#readPrefix();
    if (this.#expected !== undefined && this.#received > this.#expected) {
      throw new TransportError("UNIMPLEMENTED", "a unary request has one message");
    }
  }

  /** The message, once the body has ended. */
  message(): Uint8Array {
    if (this.#received === 0) throw new TransportError("UNIMPLEMENTED", "a unary request has one message");
    if (this.#received !== this.#expected) {
      throw new TransportError("MALFORMED_REQUEST", "the request ends before its message does");
    }
    return this.#joined().subarray(PREFIX_BYTES);
  }

  #readPrefix(): void {
    const head = this.#joined();
    if (head[0] !== 0)
      throw new TransportError(
        "MALFORMED_REQUEST",
        "the message is marked as compressed, the request is not",
      );
    const length = head.readUInt32BE(1);
    if (length > MAX_MESSAGE_BYTES) throw tooLarge();
    this.#expected = PREFIX_BYTES + length;
  }

  #joined(): Buffer {
    const [only] = this.#pieces;
    return only !== undefined && this.#pieces.length === 1 ? only : Buffer.concat(this.#pieces);
  }
}

/** An uncompressed gRPC message. */
export function grpcFrame(message: Uint8Array): Buffer {
  const frame = Buffer.allocUnsafe(PREFIX_BYTES + message.length);
  frame[0] = 0;
  frame.writeUInt32BE(message.length, 1);
  frame.set(message, PREFIX_BYTES);
  return frame;
}
