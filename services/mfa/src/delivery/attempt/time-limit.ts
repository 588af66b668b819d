import { type Delivery, timedOut, unavailable } from "../../domain/delivery/delivery.js";
import type { MessageSender } from "../../domain/delivery/message-sender.js";

/**
 * Ends a send after `milliseconds`, even if the sender ignores its signal, and turns a throwing sender into a failure. Ensures the port's contract
 * that `send` resolves, whatever a library does.
 */
export function withTimeLimit<Message>(
  provider: string,
  sender: MessageSender<Message>,
  milliseconds: number,
): MessageSender<Message> {
  return {
    async send(message, options) {
      if (options.signal.aborted) {
        return timedOut(provider, "no time left");
      }
      const limit = new AbortController();
      const timer = setTimeout(() => limit.abort(), milliseconds);
      const signal = AbortSignal.any([options.signal, limit.signal]);
      try {
        return await Promise.race([
          attempt(provider, () => sender.send(message, { ...options, signal })),
          endOf(signal).then(() => timedOut(provider, "no answer in time")),
        ]);
      } finally {
        clearTimeout(timer);
        // Releases the loser of the race, and everything that still listens to the signal.
        limit.abort();
      }
    },
  };
}

async function attempt(provider: string, send: () => Promise<Delivery>): Promise<Delivery> {
  try {
    return await send();
  } catch (error) {
    // Only the error's name: libraries put recipients and server replies in the text.
    return unavailable(provider, error instanceof Error ? `unexpected ${error.name}` : "unexpected error");
  }
}

function endOf(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    signal.addEventListener("abort", () => resolve(), { once: true });
  });
}
