import { expect, test } from "vitest";
import { type Delivery, delivered, timedOut, unavailable } from "../../domain/delivery/delivery.js";
import type { MessageSender, SendOptions } from "../../domain/delivery/message-sender.js";
import { withTimeLimit } from "./time-limit.js";

function options(signal = new AbortController().signal): SendOptions {
  return { signal, idempotencyKey: "key" };
}

const NEVER: MessageSender<string> = { send: () => new Promise<Delivery>(() => undefined) };

test("a time limit passes on an answer that comes in time, and ends its signal then", async () => {
  let seen: AbortSignal | undefined;
  const sender: MessageSender<string> = {
    send(_message, { signal }) {
      seen = signal;
      return Promise.resolve(delivered("smtp"));
    },
  };
  expect(await withTimeLimit("smtp", sender, 1_000).send("code", options())).toEqual(delivered("smtp"));
  expect(seen?.aborted).toBe(true);
});

test("a time limit gives up on a sender that never answers and ignores its signal", async () => {
  expect(await withTimeLimit("smtp", NEVER, 20).send("code", options())).toEqual(
    timedOut("smtp", "no answer in time"),
  );
});

test("a time limit gives up immediately when the caller does", async () => {
  const caller = new AbortController();
  const outcome = withTimeLimit("smtp", NEVER, 60_000).send("code", options(caller.signal));
  caller.abort();
  expect(await outcome).toEqual(timedOut("smtp", "no answer in time"));
});

test("a time limit sends nothing for a caller who has gone", async () => {
  const sender: MessageSender<string> = {
    send() {
      throw new Error("was asked");
    },
  };
  const outcome = await withTimeLimit("smtp", sender, 1_000).send("code", options(AbortSignal.abort()));
  expect(outcome).toEqual(timedOut("smtp", "no time left"));
});

test.each([
  [
    "throws",
    () => {
      throw new TypeError("to +12015550123: 123456");
    },
  ],
  ["rejects", () => Promise.reject(new TypeError("to +12015550123: 123456"))],
])("a sender that %s is unavailable, and its words stay inside", async (_how, send) => {
  const outcome = await withTimeLimit("smtp", { send }, 1_000).send("code", options());
  expect(outcome).toEqual(unavailable("smtp", "unexpected TypeError"));
});
