import { once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { buffer } from "node:stream/consumers";
import { expect } from "vitest";
import type { TracingConfig } from "../../../src/config/tracing-config.js";
import { decodeJson } from "./decode-json.js";
import { decodeProtobuf } from "./decode-protobuf.js";
import type { ReceivedSpan } from "./received-span.js";

/** A real OTLP/HTTP receiver in this process, which keeps what it is sent. */
export class Collector implements AsyncDisposable {
  readonly spans: ReceivedSpan[] = [];
  /** Every body as it came. */
  readonly bodies: Buffer[] = [];
  readonly headers: IncomingMessage["headers"][] = [];
  /** Hears of each body as it comes, whatever becomes of it. */
  onExport: (body: Buffer) => void = () => undefined;
  /** What it does with an export. */
  answer: "take" | "hang" | number = "take";
  readonly #server: Server = createServer((request, response) => void this.#handle(request, response));
  #url = "";

  static async start(): Promise<Collector> {
    const collector = new Collector();
    collector.#server.listen(0, "127.0.0.1");
    await once(collector.#server, "listening");
    const { port } = collector.#server.address() as AddressInfo;
    collector.#url = `http://127.0.0.1:${port}`;
    return collector;
  }

  get url(): string {
    return this.#url;
  }

  /** What a service needs to know to send its traces here. */
  config(changes: Partial<TracingConfig> = {}): TracingConfig {
    return {
      url: `${this.#url}/v1/traces`,
      encoding: "protobuf",
      headers: {},
      tls: {},
      sampler: { name: "parentbased_always_on", ratio: 1 },
      resource: { "service.name": "countersign" },
      ...changes,
    };
  }

  /** Waits for the spans of a trace until the one of the call itself is there: it ends last, but for what goes on in the background. */
  async trace(traceId: string): Promise<ReceivedSpan[]> {
    const of = () => this.spans.filter((span) => span.traceId === traceId);
    await expect.poll(() => of().some(({ kind }) => kind === "SERVER")).toBe(true);
    return of();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  async #handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await buffer(request);
    this.onExport(body);
    if (this.answer === "hang") return;
    if (typeof this.answer === "number") {
      response.writeHead(this.answer).end();
      return;
    }
    this.headers.push(request.headers);
    this.bodies.push(body);
    const json = request.headers["content-type"] === "application/json";
    this.spans.push(...(json ? decodeJson(body) : decodeProtobuf(body)));
    response.writeHead(200, { "content-type": request.headers["content-type"] }).end(json ? "{}" : "");
  }
}
