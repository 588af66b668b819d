import type { Delivery } from "./delivery.js";

export interface SendOptions {
  /** Cancels the send. A cancelled message must not be sent later, except from the provider's own buffers. */
  readonly signal: AbortSignal;
  /** 1 to 128 printable ASCII characters without blanks, one for each code sent; a retry of the same send carries the same. */
  readonly idempotencyKey: string;
  /** Identifies the call for operators. It must not be sent to a provider. */
  readonly requestId?: string;
  /** Called with a provider's error text, masked, before `send` returns. For the log only. */
  readonly onWords?: (masked: string) => void;
}

/**
 * Hands one rendered message to a provider.
 *
 * `send` must resolve, never reject: a failure is a value. It must resolve soon after `signal` aborts. It must return ok only if the provider has
 * accepted the message, and must hand one call's message to one provider at most once. Neither its result, nor a log, nor an error may contain the
 * destination, the text or the code. The provider's words go to `onWords` alone, masked. Calls may run in parallel.
 */
export interface MessageSender<Message> {
  send(message: Message, options: SendOptions): Promise<Delivery>;
}
