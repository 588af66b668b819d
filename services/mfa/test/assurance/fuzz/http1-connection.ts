import { once } from "node:events";
import { connect, type Socket } from "node:net";
import type { HttpAnswer } from "./judge.js";

/** An HTTP/1.1 connection that writes what it is given, and reads one answer after the other. */
export class Http1Connection implements Disposable {
  #bytes = Buffer.alloc(0);
  #ended = false;
  #wake: (() => void) | undefined;

  private constructor(private readonly socket: Socket) {
    socket.on("data", (piece: Buffer) => {
      this.#bytes = Buffer.concat([this.#bytes, piece]);
      this.#wake?.();
    });
    for (const end of ["end", "error", "close"])
      socket.on(end, () => {
        this.#ended = true;
        this.#wake?.();
      });
  }

  static async connect(port: number): Promise<Http1Connection> {
    const socket = connect({ port, host: "127.0.0.1", noDelay: true, allowHalfOpen: true });
    const connection = new Http1Connection(socket);
    await once(socket, "connect");
    return connection;
  }

  write(bytes: Buffer): void {
    if (this.socket.writable) this.socket.write(bytes);
  }

  /** Says that nothing more will be written. */
  end(): void {
    this.socket.end();
  }

  /** The next final answer. Throws when the connection ends, or the time is over, before there is one. */
  async answer(toMethod: string, withinMs: number): Promise<HttpAnswer> {
    const end = performance.now() + withinMs;
    for (;;) {
      const parsed = parseAnswer(this.#bytes, { bodiless: toMethod === "HEAD", ended: this.#ended });
      if (parsed !== undefined) {
        this.#bytes = this.#bytes.subarray(parsed.length);
        if (parsed.answer.status >= 200) return parsed.answer;
        continue;
      }
      if (this.#ended) throw new Error(`closed without an answer, after ${this.#bytes.length} bytes`);
      await this.#more(end);
    }
  }

  /** Resolves when the server has closed; throws when it takes longer, or sends an answer that nothing asked for. */
  async closed(withinMs: number): Promise<void> {
    const end = performance.now() + withinMs;
    while (!this.#ended) await this.#more(end);
    if (this.#bytes.length > 0) throw new Error(`${this.#bytes.length} bytes after the last answer`);
  }

  [Symbol.dispose](): void {
    this.socket.destroy();
  }

  async #more(end: number): Promise<void> {
    const left = end - performance.now();
    if (left <= 0) throw new Error("no answer in time");
    let timer: NodeJS.Timeout | undefined;
    await new Promise<void>((resolve) => {
      this.#wake = resolve;
      timer = setTimeout(resolve, left);
    });
    clearTimeout(timer);
  }
}

const HEADERS_TOO_LARGE = 431;

interface Parsed {
  readonly answer: HttpAnswer;
  /** Its length in bytes. */
  readonly length: number;
}

/** An answer at the beginning of some bytes (RFC 9112 section 6.3); undefined while it is not there as a whole. */
function parseAnswer(
  bytes: Buffer,
  { bodiless, ended }: { readonly bodiless: boolean; readonly ended: boolean },
): Parsed | undefined {
  const headEnd = bytes.indexOf("\r\n\r\n");
  if (headEnd < 0) return undefined;
  const [statusLine = "", ...lines] = bytes.subarray(0, headEnd).toString("latin1").split("\r\n");
  const status = Number(/^HTTP\/1\.1 (\d{3}) /.exec(statusLine)?.[1]);
  if (Number.isNaN(status)) throw new Error(`no status line: ${JSON.stringify(statusLine)}`);
  const headers = fieldsOf(lines);
  const body = parseBody(bytes.subarray(headEnd + 4), headers, {
    // Headers that were not read to their end have not told their method for sure.
    bodiless: (bodiless && status !== HEADERS_TOO_LARGE) || status < 200 || status === 204 || status === 304,
    ended,
  });
  if (body === undefined) return undefined;
  return {
    answer: { status, headers, trailers: body.trailers, body: body.content },
    length: headEnd + 4 + body.length,
  };
}

function parseBody(
  bytes: Buffer,
  headers: ReadonlyMap<string, string>,
  { bodiless, ended }: { readonly bodiless: boolean; readonly ended: boolean },
): Body | undefined {
  const whole = (length: number): Body => ({
    content: bytes.subarray(0, length),
    trailers: new Map(),
    length,
  });
  if (bodiless) return whole(0);
  if (headers.get("transfer-encoding") === "chunked") return parseChunks(bytes);
  const length = headers.get("content-length");
  if (length === undefined) return ended ? whole(bytes.length) : undefined;
  if (bytes.length < Number(length)) return undefined;
  return whole(Number(length));
}

interface Body {
  readonly content: Buffer;
  readonly trailers: ReadonlyMap<string, string>;
  /** Its length in bytes as it was sent. */
  readonly length: number;
}

/** A chunked body with its trailers (RFC 9112 section 7.1). */
function parseChunks(bytes: Buffer): Body | undefined {
  const pieces: Buffer[] = [];
  for (let at = 0; ; ) {
    const lineEnd = bytes.indexOf("\r\n", at);
    if (lineEnd < 0) return undefined;
    const size = Number.parseInt(bytes.subarray(at, lineEnd).toString("latin1"), 16);
    if (Number.isNaN(size)) throw new Error("a chunk without a size");
    if (size === 0) return parseTrailers(bytes, { content: Buffer.concat(pieces), firstLine: lineEnd + 2 });
    const end = lineEnd + 2 + size + 2;
    if (bytes.length < end) return undefined;
    pieces.push(bytes.subarray(lineEnd + 2, end - 2));
    at = end;
  }
}

function parseTrailers(
  bytes: Buffer,
  { content, firstLine }: { readonly content: Buffer; readonly firstLine: number },
): Body | undefined {
  // The blank line may directly follow the last chunk.
  const end = bytes.indexOf("\r\n\r\n", firstLine - 2);
  if (end < 0) return undefined;
  const lines = bytes.subarray(firstLine, Math.max(firstLine, end)).toString("latin1").split("\r\n");
  return { content, trailers: fieldsOf(lines.filter((line) => line !== "")), length: end + 4 };
}

function fieldsOf(lines: readonly string[]): ReadonlyMap<string, string> {
  return new Map(
    lines.map((line) => {
      const colon = line.indexOf(":");
      return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()];
    }),
  );
}
