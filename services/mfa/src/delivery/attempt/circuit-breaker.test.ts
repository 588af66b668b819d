import { describe, expect, test } from "vitest";
import { type Delivery, delivered, rejected, timedOut, unavailable } from "../../domain/delivery/delivery.js";
import type { MessageSender } from "../../domain/delivery/message-sender.js";
import { CircuitBreaker, withCircuitBreaker } from "./circuit-breaker.js";

const LIVE = { signal: new AbortController().signal, idempotencyKey: "key" };
const DOWN = unavailable("twilio", "http 503");
const OPEN = unavailable("twilio", "circuit open");

/** A provider that answers what it is told to, behind a breaker that opens after three failures for a second. */
function createGuarded() {
  const clock = { ms: 0 };
  const provider = { answer: DOWN as Delivery | Promise<Delivery>, calls: 0 };
  const sender: MessageSender<string> = {
    send() {
      provider.calls += 1;
      return Promise.resolve(provider.answer);
    },
  };
  const breaker = new CircuitBreaker({ failuresToOpen: 3, openForMs: 1_000, now: () => clock.ms });
  const guarded = withCircuitBreaker("twilio", sender, breaker);
  return { clock, provider, send: (options = LIVE) => guarded.send("message", options) };
}

function deferred() {
  let resolve: (delivery: Delivery) => void = () => undefined;
  const promise = new Promise<Delivery>((settle) => {
    resolve = settle;
  });
  return { promise, resolve };
}

async function trip({ send }: ReturnType<typeof createGuarded>): Promise<void> {
  for (let failure = 0; failure < 3; failure += 1) await send();
}

describe("circuit breaker", () => {
  test.each([
    ["unavailable", DOWN],
    ["silent", timedOut("twilio", "no answer in time")],
  ])("a circuit breaker stops asking a provider that was %s three times in a row", async (_kind, answer) => {
    const guarded = createGuarded();
    guarded.provider.answer = answer;
    await trip(guarded);
    expect(await guarded.send()).toEqual(OPEN);
    expect(guarded.provider.calls).toBe(3);
  });

  test("a success in between starts the count again", async () => {
    const guarded = createGuarded();
    await guarded.send();
    await guarded.send();
    guarded.provider.answer = delivered("twilio");
    await guarded.send();
    guarded.provider.answer = DOWN;
    await guarded.send();
    await guarded.send();
    await guarded.send();
    expect(guarded.provider.calls).toBe(6);
  });

  test("a provider that refuses messages works", async () => {
    const guarded = createGuarded();
    guarded.provider.answer = rejected("twilio", "http 400");
    for (let refusal = 0; refusal < 5; refusal += 1) await guarded.send();
    expect(guarded.provider.calls).toBe(5);
  });

  test("callers who hang up do not shut the provider to the others", async () => {
    const guarded = createGuarded();
    guarded.provider.answer = timedOut("twilio", "no answer in time");
    const hungUp = { ...LIVE, signal: AbortSignal.abort() };
    for (let call = 0; call < 5; call += 1) await guarded.send(hungUp);
    expect(guarded.provider.calls).toBe(5);
  });

  test("a circuit breaker: after its pause one probe goes through, and its success lets all through", async () => {
    const guarded = createGuarded();
    await trip(guarded);
    guarded.clock.ms = 999;
    expect(await guarded.send()).toEqual(OPEN);
    guarded.clock.ms = 1_000;
    const { promise, resolve } = deferred();
    guarded.provider.answer = promise;
    const probe = guarded.send();
    expect(await guarded.send()).toEqual(OPEN);
    resolve(delivered("twilio"));
    expect(await probe).toEqual(delivered("twilio"));
    expect(await guarded.send()).toEqual(delivered("twilio"));
    expect(guarded.provider.calls).toBe(5);
  });

  test("a failed probe starts the pause again", async () => {
    const guarded = createGuarded();
    await trip(guarded);
    guarded.clock.ms = 1_000;
    expect(await guarded.send()).toEqual(DOWN);
    guarded.clock.ms = 1_999;
    expect(await guarded.send()).toEqual(OPEN);
    guarded.clock.ms = 2_000;
    expect(await guarded.send()).toEqual(DOWN);
  });

  test("a probe whose caller hung up leaves room for the next immediately", async () => {
    const guarded = createGuarded();
    await trip(guarded);
    guarded.clock.ms = 1_000;
    await guarded.send({ ...LIVE, signal: AbortSignal.abort() });
    guarded.provider.answer = delivered("twilio");
    expect(await guarded.send()).toEqual(delivered("twilio"));
  });

  test("a call from before the pause does not end it", async () => {
    const guarded = createGuarded();
    const { promise, resolve } = deferred();
    guarded.provider.answer = promise;
    const slow = guarded.send();
    guarded.provider.answer = DOWN;
    await trip(guarded);
    resolve(delivered("twilio"));
    await slow;
    expect(await guarded.send()).toEqual(OPEN);
  });

  test("a clock that steps back does not keep it open", async () => {
    const guarded = createGuarded();
    guarded.clock.ms = 1_000_000;
    await trip(guarded);
    guarded.clock.ms = 0;
    expect(await guarded.send()).toEqual(DOWN);
  });
});
