import type { Call } from "./call.js";
import type { CallContext } from "./call-context.js";

/** Lets a streaming call in, passes its messages on and settles its outcome. A failed call ends the stream; see its outcome. */
export async function* runStream<T, P>(
  call: Call<P | undefined>,
  messages: (call: CallContext) => AsyncIterable<T>,
): AsyncGenerator<T, void> {
  try {
    await call.enter();
    for await (const message of messages(call)) yield message;
    call.succeed(undefined);
  } catch (thrown) {
    call.fail(thrown);
  } finally {
    // Reached unsettled only when the consumer stopped reading.
    call.cancel();
  }
}
