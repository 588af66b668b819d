import { once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";

export interface ReceivedRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** What the endpoint does once it has a whole request. */
type Respond = (response: ServerResponse, request: ReceivedRequest) => void;

export function answering(status: number, body = "", headers: Record<string, string> = {}): Respond {
  return (response) => {
    response.writeHead(status, headers).end(body);
  };
}

/** A real HTTP server in this process that keeps what it is sent, and answers, stalls or breaks as told. */
export class HttpEndpoint implements AsyncDisposable {
  readonly received: ReceivedRequest[] = [];
  respond: Respond = answering(200);
  readonly #server: Server;

  constructor() {
    this.#server = createServer((request, response) => {
      // A client that is gone before it has sent all of its request gets nothing.
      this.#handle(request, response).catch(() => response.destroy());
    });
  }

  last(): ReceivedRequest {
    const request = this.received.at(-1);
    if (request === undefined) throw new Error("nothing was received");
    return request;
  }

  /** Resolves to its origin, such as http://127.0.0.1:4000. */
  async listen(): Promise<string> {
    this.#server.listen(0, "127.0.0.1");
    await once(this.#server, "listening");
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  async #handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method = "", url: path = "" } = request;
    const headers = request.headers as Record<string, string>;
    const received = { method, path, headers, body: await text(request) };
    this.received.push(received);
    this.respond(response, received);
  }
}
