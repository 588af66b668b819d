import type { ServerResponse } from "node:http";
import type { Socket } from "node:net";
import type { ListenerObserver } from "../bounds/listener-observer.js";
import type { Conversation } from "../bounds/open-connection.js";
import { Stalled } from "../bounds/stalled.js";
import type { ConnectionLimits } from "../limits/limits.js";

/** One HTTP/1.1 connection. Node enforces the timeouts of headers, requests and idleness. */
export class Http1Connection implements Conversation {
  readonly #openedAt = performance.now();
  readonly #stalled = new Stalled();
  #requests = 0;
  #retired = false;

  constructor(
    private readonly socket: Socket,
    private readonly parts: { readonly limits: ConnectionLimits; readonly observer: ListenerObserver },
  ) {}

  get openStreams(): number {
    return this.#requests;
  }

  get isIdle(): boolean {
    return this.#requests === 0;
  }

  /** Counts a request until its answer is complete, and ends the connection with it if that is due. */
  begin(response: ServerResponse): void {
    const { connectionAgeMs } = this.parts.limits;
    const aged = connectionAgeMs > 0 && performance.now() - this.#openedAt > connectionAgeMs;
    if (aged || this.#retired) response.shouldKeepAlive = false;
    this.#requests += 1;
    response.once("close", () => {
      this.#requests -= 1;
    });
  }

  authenticated(): void {
    // No effect: a connection has one request at a time.
  }

  leave(): void {
    this.#retired = true;
  }

  retire(): void {
    this.leave();
  }

  check(now: number): void {
    const { limits, observer } = this.parts;
    const unsent = this.socket.writableLength;
    if (!this.#stalled.forLongerThan(limits.writeTimeoutMs, { now, unsent, waits: unsent > 0 })) return;
    observer.connectionEnded("write_timeout");
    this.cut();
  }

  cut(): void {
    this.socket.destroy();
  }
}
