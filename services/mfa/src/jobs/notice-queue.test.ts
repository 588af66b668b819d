import { AsyncLocalStorage } from "node:async_hooks";
import type { Log } from "@countersign/telemetry-ports";
import { expect, test } from "vitest";
import type { NoticeKind } from "../domain/delivery/notice.js";
import { createNoticeQueue } from "./notice-queue.js";

const SILENT: Log = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
  child: () => SILENT,
};

/** Work that ends when it is told to. */
function heldWork() {
  const held: (() => void)[] = [];
  return { held, work: () => new Promise<void>((resolve) => held.push(resolve)) };
}

const task = (kind: NoticeKind) => ({ kind, requestId: "r1" });

const turn = () => new Promise((resolve) => setImmediate(resolve));

test("four are under way, a thousand wait, and what comes then is dropped", async () => {
  const dropped: string[] = [];
  const queue = createNoticeQueue({ log: SILENT, onDropped: (kind) => void dropped.push(kind) });
  const { held, work } = heldWork();
  for (let asked = 0; asked < 4; asked += 1) queue.enqueue(task("enabled"), work);
  expect(held).toHaveLength(0); // the call is answered first
  await turn();
  expect(held).toHaveLength(4);
  for (let asked = 0; asked < 1_003; asked += 1) queue.enqueue(task("locked"), work);
  await turn();
  expect({ underWay: held.length, dropped }).toEqual({
    underWay: 4,
    dropped: ["locked", "locked", "locked"],
  });
  held[0]?.();
  await turn();
  expect(held).toHaveLength(5);
  for (const release of held) release();
  await queue[Symbol.asyncDispose]();
  expect(dropped).toHaveLength(3 + 999);
});

test("a notice that fails makes way for the next, and disposal waits for what is under way", async () => {
  const queue = createNoticeQueue({ log: SILENT, onDropped: () => undefined });
  const { held, work } = heldWork();
  for (let asked = 0; asked < 6; asked += 1)
    queue.enqueue(task("enabled"), () => Promise.reject(new Error("no")));
  queue.enqueue(task("enabled"), work);
  await turn();
  await turn();
  expect(held).toHaveLength(1);
  let disposed = false;
  const disposal = queue[Symbol.asyncDispose]().then(() => {
    disposed = true;
  });
  await turn();
  expect(disposed).toBe(false);
  held[0]?.();
  await disposal;
});

test("each works for the call that it came from, whichever call's end starts it", async () => {
  const queue = createNoticeQueue({ log: SILENT, onDropped: () => undefined });
  const call = new AsyncLocalStorage<number>();
  const { held, work } = heldWork();
  const seen: (number | undefined)[] = [];
  for (let id = 0; id < 6; id += 1) {
    const remember = () => {
      seen.push(call.getStore());
      return work();
    };
    call.run(id, () => queue.enqueue(task("enabled"), remember));
  }
  await turn();
  expect(queue.waiting).toBe(2);
  call.run(99, () => held[3]?.());
  await turn();
  for (const release of held) release();
  await turn();
  for (const release of held) release();
  await queue[Symbol.asyncDispose]();
  expect(seen).toEqual([0, 1, 2, 3, 4, 5]);
});
