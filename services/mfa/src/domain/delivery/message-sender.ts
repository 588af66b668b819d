import type { Delivery } from "./delivery.js";

export interface SendOptions {
  /** Ends the send; what it ends must not go out later than the provider's own buffers make it. */
  readonly signal: AbortSignal;
  /** 1 to 128 printable ASCII characters without blanks, one for each code sent; a retry of the same send carries the same. */
  readonly idempotencyKey: string;
  /** Names the call that the message is for, to operators alone: no provider may be told. */
  readonly requestId?: string;
}

/**
 * Hands one rendered message to a provider.
 *
 * `send` must resolve, never reject: a failure is a value. It must resolve soon after `signal` aborts. It must answer
 * ok only when the provider has accepted the message, and must hand one call's message to one provider at most once.
 * Neither its answer, nor a log, nor an error may carry the destination, the text, the code, or words of the provider's.
 * Calls may run in parallel.
 */
export interface MessageSender<Message> {
  send(message: Message, options: SendOptions): Promise<Delivery>;
}
