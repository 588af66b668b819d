import type { Call } from "./call.js";
import type { CallContext } from "./call-context.js";

/**
 * Admits a streaming call, forwards its messages and settles its outcome, which says why a stream ended. It also ends when the call's signal aborts,
 * whatever its handler waits for.
 */
export async function* runStream<T, P>(
  call: Call<P | undefined>,
  messages: (call: CallContext) => AsyncIterable<T>,
): AsyncGenerator<T, void> {
  try {
    await call.enter();
    yield* until(call.signal, messages(call));
    call.succeed(undefined);
  } catch (thrown) {
    call.fail(thrown);
  } finally {
    // Reached unsettled only if the consumer stopped reading.
    call.cancel();
  }
}

async function* until<T>(signal: AbortSignal, messages: AsyncIterable<T>): AsyncGenerator<T, void> {
  const iterator = messages[Symbol.asyncIterator]();
  const aborted = new Promise<undefined>((resolve) => {
    if (signal.aborted) resolve(undefined);
    signal.addEventListener("abort", () => resolve(undefined), { once: true });
  });
  try {
    for (;;) {
      const next = await Promise.race([iterator.next(), aborted]);
      if (next === undefined || next.done === true) return;
      yield next.value;
    }
  } finally {
    // Not awaited: a generator that is still waiting returns only afterwards.
    void iterator.return?.().catch(() => undefined);
  }
}
