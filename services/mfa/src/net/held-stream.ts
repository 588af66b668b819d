import type { ServerHttp2Stream } from "node:http2";
import { Stalled } from "./stalled.js";
import type { StreamPlace } from "./stream-places.js";

/** One open HTTP/2 stream and its place. */
export class HeldStream {
  #stalled: Stalled | undefined;

  constructor(
    private readonly stream: ServerHttp2Stream,
    private readonly place: StreamPlace,
  ) {}

  judged(authenticated: boolean): void {
    this.place.judged(authenticated);
  }

  release(): void {
    this.place.release();
  }

  /** Whether its answer, or a part of it, has waited for the client for longer than `limitMs`. */
  isUnread(now: number, limitMs: number): boolean {
    const { writableLength, writableEnded } = this.stream;
    const waits = writableEnded || writableLength > 0;
    if (!waits && this.#stalled === undefined) return false;
    this.#stalled ??= new Stalled();
    return this.#stalled.forLongerThan(limitMs, { now, unsent: writableLength, waits });
  }

  /** Ends it, also where it has closed but not all of its request was taken. */
  reset(code: number): void {
    this.stream.close(code);
    this.stream.destroy();
  }
}
