import { AsyncResource } from "node:async_hooks";
import { describeFault, type Log } from "@countersign/telemetry-ports";
import type { NoticeKind } from "../domain/delivery/notice.js";

/** Messages in flight at a time: a provider that is slow holds up notices, never codes. */
const CONCURRENCY = 4;
const MAX_WAITING = 1_000;

/** What is to be told, and the id of the call that gave rise to it. */
export interface NoticeTask {
  readonly kind: NoticeKind;
  readonly requestId: string;
}

export interface NoticeQueue extends AsyncDisposable {
  readonly waiting: number;
  enqueue(task: NoticeTask, work: () => Promise<void>): void;
}

/** Work that nobody waits for, in order and within bounds. Disposal waits for what is under way and drops the rest. */
export function createNoticeQueue(parts: {
  readonly log: Log;
  readonly onDropped: (kind: NoticeKind) => void;
}): NoticeQueue {
  const { log, onDropped } = parts;
  const waiting: (NoticeTask & { readonly work: () => Promise<void> })[] = [];
  const running = new Set<Promise<void>>();
  let closed = false;

  /** Never started immediately: the answer to the call goes first. */
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
      // Another call's end may be what starts it: in a trace it belongs to its own.
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
