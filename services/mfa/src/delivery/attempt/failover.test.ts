import { describe, expect, test } from "vitest";
import { type Delivery, delivered, rejected, timedOut, unavailable } from "../../domain/delivery/delivery.js";
import type { MessageSender, SendOptions } from "../../domain/delivery/message-sender.js";
import { withFailover } from "./failover.js";

interface Recorder extends MessageSender<string> {
  readonly seen: (readonly [string, SendOptions])[];
}

function answering(answer: Delivery): Recorder {
  const seen: (readonly [string, SendOptions])[] = [];
  return {
    seen,
    send(message, options) {
      seen.push([message, options]);
      return Promise.resolve(answer);
    },
  };
}

const OPTIONS = { signal: new AbortController().signal, idempotencyKey: "key" };

describe("failover", () => {
  test.each([
    ["has taken the message", delivered("first")],
    ["refuses it for good", rejected("first", "http 400")],
  ])("failover: when the first %s, the second is not asked", async (_what, answer) => {
    const second = answering(delivered("second"));
    expect(await withFailover(answering(answer), second).send("code", OPTIONS)).toEqual(answer);
    expect(second.seen).toEqual([]);
  });

  test.each([
    ["is down", unavailable("first", "http 503")],
    ["gives no answer", timedOut("first", "no answer in time")],
  ])(
    "failover: when the first %s, the second gets the same message under the same key, once",
    async (_what, answer) => {
      const [first, second] = [answering(answer), answering(delivered("second"))];
      expect(await withFailover(first, second).send("code", OPTIONS)).toEqual(delivered("second"));
      expect(first.seen).toEqual([["code", OPTIONS]]);
      expect(second.seen).toEqual([["code", OPTIONS]]);
    },
  );

  test("failover: when both are down, each was asked once and the last failure is told", async () => {
    const [first, second] = [
      answering(unavailable("first", "http 503")),
      answering(unavailable("second", "http 500")),
    ];
    expect(await withFailover(first, second).send("code", OPTIONS)).toEqual(
      unavailable("second", "http 500"),
    );
    expect([first.seen.length, second.seen.length]).toEqual([1, 1]);
  });

  test("failover: when the caller has gone, the second is not asked", async () => {
    const second = answering(delivered("second"));
    const gone = { ...OPTIONS, signal: AbortSignal.abort() };
    const outcome = timedOut("first", "no answer in time");
    expect(await withFailover(answering(outcome), second).send("code", gone)).toEqual(outcome);
    expect(second.seen).toEqual([]);
  });
});
