import { once } from "node:events";
import { connect, type Socket } from "node:net";

export interface Http1Answer {
  readonly status: number;
  /** Lower-case names. */
  readonly headers: ReadonlyMap<string, string>;
  readonly body: Buffer;
}

/** A client that writes HTTP/1.1 as it likes on one connection, and reads answers in order. */
export class Http1Connection {
  #bytes = Buffer.alloc(0);

  private constructor(private readonly socket: Socket) {
    socket.on("error", () => undefined);
    socket.on("data", (piece: Buffer) => {
      this.#bytes = Buffer.concat([this.#bytes, piece]);
    });
  }

  static async connect(port: number): Promise<Http1Connection> {
    const socket = connect({ port, host: "127.0.0.1", noDelay: true });
    await once(socket, "connect");
    return new Http1Connection(socket);
  }

  write(...pieces: readonly (string | Buffer)[]): void {
    this.socket.write(Buffer.concat(pieces.map((piece) => Buffer.from(piece))));
  }

  /** The next answer; undefined once the server has closed without one. Rejects where neither happens within `ms`. */
  async next(ms = 60_000): Promise<Http1Answer | undefined> {
    const limit = AbortSignal.timeout(ms);
    for (;;) {
      const answer = this.#parse();
      if (answer !== undefined) return answer;
      if (this.socket.readableEnded || this.socket.destroyed) return undefined;
      await Promise.race([
        once(this.socket, "data", { signal: limit }),
        once(this.socket, "close", { signal: limit }),
      ]);
    }
  }

  destroy(): void {
    this.socket.destroy();
  }

  #parse(): Http1Answer | undefined {
    const end = this.#bytes.indexOf("\r\n\r\n");
    if (end < 0) return undefined;
    const [start = "", ...lines] = this.#bytes.subarray(0, end).toString("latin1").split("\r\n");
    const headers = new Map(
      lines.map((line) => {
        const colon = line.indexOf(":");
        return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()] as const;
      }),
    );
    const length = Number(headers.get("content-length") ?? Number.NaN);
    if (Number.isNaN(length)) throw new Error(`an answer without a length: ${start}`);
    const whole = end + 4 + length;
    if (this.#bytes.length < whole) return undefined;
    const body = this.#bytes.subarray(end + 4, whole);
    this.#bytes = this.#bytes.subarray(whole);
    return { status: Number(start.split(" ")[1]), headers, body };
  }
}
