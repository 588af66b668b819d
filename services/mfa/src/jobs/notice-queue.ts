import { AsyncResource } from "node:async_hooks";
import { describeFault, type Log } from "@countersign/telemetry-ports";
import type { NoticeKind } from "../domain/delivery/notice.js";

/** Notices in flight: a slow provider delays notices, never codes. */
const CONCURRENCY = 4;
const MAX_WAITING = 1_000;

/** A notice, and the id of the call that caused it. */
export interface NoticeTask {
  readonly kind: NoticeKind;
  readonly requestId: string;
}

export interface NoticeQueue extends AsyncDisposable {
  readonly waiting: number;
  enqueue(task: NoticeTask, work: () => Promise<void>): void;
}

interface NoticeQueueParts {
  readonly log: Log;
  readonly onDropped: (kind: NoticeKind) => void;
}

/** Work that no call waits for, in order and within bounds. Disposal waits for what is under way and drops the rest. */
export function createNoticeQueue(parts: NoticeQueueParts): NoticeQueue {
  return new BoundedNoticeQueue(parts);
}

class BoundedNoticeQueue implements NoticeQueue {
  readonly #waiting: (NoticeTask & { readonly work: () => Promise<void> })[] = [];
  readonly #running = new Set<Promise<void>>();
  #closed = false;

  constructor(private readonly parts: NoticeQueueParts) {}

  get waiting(): number {
    return this.#waiting.length;
  }

  enqueue(task: NoticeTask, work: () => Promise<void>): void {
    if (this.#closed || this.#waiting.length >= MAX_WAITING) {
      this.parts.onDropped(task.kind);
      return;
    }
    // The end of another call may start it: in a trace it belongs to its own call.
    this.#waiting.push({ ...task, work: AsyncResource.bind(work) });
    // Never started immediately: the answer to the call is sent first.
    setImmediate(() => this.#runNext());
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed = true;
    for (const { kind } of this.#waiting.splice(0)) this.parts.onDropped(kind);
    await Promise.all(this.#running);
  }

  #runNext(): void {
    const next = this.#running.size < CONCURRENCY ? this.#waiting.shift() : undefined;
    if (next === undefined) return;
    const done = next
      .work()
      .catch((fault: unknown) =>
        this.parts.log.warn(
          { request_id: next.requestId, error: describeFault(fault), notice: next.kind },
          "a notice failed",
        ),
      )
      .finally(() => {
        this.#running.delete(done);
        this.#runNext();
      });
    this.#running.add(done);
  }
}
