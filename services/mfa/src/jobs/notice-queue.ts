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

/** A bounded queue of background work, in order. Disposal waits for work under way and drops the rest. */
export function createNoticeQueue(parts: {
  readonly log: Log;
  readonly onDropped: (kind: NoticeKind) => void;
}): NoticeQueue {
  const { log, onDropped } = parts;
  const waiting: (NoticeTask & { readonly work: () => Promise<void> })[] = [];
  const running = new Set<Promise<void>>();
  let closed = false;

  /** Never started immediately: the answer to the call is sent first. */
  const runSoon = () => setImmediate(runNext);

  function runNext(): void {
    const next = running.size < CONCURRENCY ? waiting.shift() : undefined;
    if (next === undefined) return;
    const done = next
      .work()
      .catch((fault: unknown) =>
        log.warn(
          { request_id: next.requestId, error: describeFault(fault), notice: next.kind },
          "a notice failed",
        ),
      )
      .finally(() => {
        running.delete(done);
        runNext();
      });
    running.add(done);
  }

  return {
    get waiting() {
      return waiting.length;
    },
    enqueue(task, work) {
      if (closed || waiting.length >= MAX_WAITING) {
        onDropped(task.kind);
        return;
      }
      // The end of another call may start it: in a trace it belongs to its own call.
      waiting.push({ ...task, work: AsyncResource.bind(work) });
      runSoon();
    },
    async [Symbol.asyncDispose]() {
      closed = true;
      for (const { kind } of waiting.splice(0)) onDropped(kind);
      await Promise.all(running);
    },
  };
}
