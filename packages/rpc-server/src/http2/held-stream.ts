import type { ServerHttp2Stream } from "node:http2";
import { Stalled } from "../bounds/stalled.js";
import type { StreamPlace } from "../bounds/stream-places.js";

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
    const { writableLength, writableEnded, closed } = this.stream;
    return (
      !closed &&
      this.#waits(limitMs, { now, unsent: writableLength, waits: writableEnded || writableLength > 0 })
    );
  }

  /** Whether it has closed, but the rest of its request has not been read for longer than `limitMs`. */
  isLeftOver(now: number, limitMs: number): boolean {
    const { closed, readableLength } = this.stream;
    return closed && this.#waits(limitMs, { now, unsent: readableLength, waits: true });
  }

  /** Ends it, even if it has closed but not all of its request was read. */
  reset(code: number): void {
    this.stream.close(code);
    this.stream.destroy();
  }

  #waits(limitMs: number, state: Parameters<Stalled["forLongerThan"]>[1]): boolean {
    // Most streams end before they are checked.
    if (!state.waits && this.#stalled === undefined) return false;
    this.#stalled ??= new Stalled();
    return this.#stalled.forLongerThan(limitMs, state);
  }
}
