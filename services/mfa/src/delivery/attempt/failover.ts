import type { MessageSender } from "../../domain/delivery/message-sender.js";

/**
 * Tries each sender at most once, in order, until one accepts or rejects the message. A sender that timed out may still deliver: the next one then
 * sends the same code, so that the user gets one code twice rather than none.
 */
export function withFailover<Message>(
  first: MessageSender<Message>,
  ...others: readonly MessageSender<Message>[]
): MessageSender<Message> {
  return {
    async send(message, options) {
      let outcome = await first.send(message, options);
      for (const next of others) {
        if (outcome.ok || !outcome.failure.retryable || options.signal.aborted) {
          break;
        }
        outcome = await next.send(message, options);
      }
      return outcome;
    },
  };
}
