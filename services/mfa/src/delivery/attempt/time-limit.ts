import { type Delivery, timedOut, unavailable } from "../../domain/delivery/delivery.js";
import type { MessageSender } from "../../domain/delivery/message-sender.js";

/**
 * Ends a send after `milliseconds`, also one whose sender does not heed its signal, and makes a sender that throws answer
 * instead. Holds the port's promise that `send` resolves, whatever a library does.
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
        // Lets the loser of the race go, and whatever still listens to the signal.
        limit.abort();
      }
    },
  };
}

async function attempt(provider: string, send: () => Promise<Delivery>): Promise<Delivery> {
  try {
    return await send();
  } catch (error) {
    // The error's name at most: libraries put recipients and server replies in the text.
    return unavailable(provider, error instanceof Error ? `unexpected ${error.name}` : "unexpected error");
  }
}

function endOf(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    signal.addEventListener("abort", () => resolve(), { once: true });
  });
}
